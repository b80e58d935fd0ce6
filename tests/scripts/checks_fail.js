// A check fails, and a threshold sees it.
import { check } from 'k6';

export const options = { iterations: 4, thresholds: { checks: ['rate>0.9'] } };

export default function () {
  check(2 + 2, { 'two and two': (sum) => sum === 4, 'are five': (sum) => sum === 5 });
}
