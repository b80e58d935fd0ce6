// A threshold that ends the test.
import { check, sleep } from 'k6';

export const options = {
  duration: '30s',
  thresholds: { checks: [{ threshold: 'rate>0.9', abortOnFail: true }] },
};

export default function () {
  check(1, { 'one is two': (number) => number === 2 });
  sleep(0.1);
}
