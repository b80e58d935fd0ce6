// All checks pass.
import { check } from 'k6';

export const options = { iterations: 3, thresholds: { checks: ['rate>0.9'], 'checks{kind:sum}': ['rate==1'] } };

export default function () {
  check(2 + 2, { 'two and two': (sum) => sum === 4 }, { kind: 'sum' });
}
