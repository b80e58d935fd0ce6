// A threshold that would end the test, and is met.
import { check } from 'k6';

export const options = { iterations: 3, thresholds: { checks: [{ threshold: 'rate>0.9', abortOnFail: true }] } };

export default function () {
  check(1, { 'one is one': (number) => number === 1 });
}
