// Thresholds of a metric that nobody adds to.
import { Counter } from 'k6/metrics';
import { visit } from './lib/shop.js';

const never = new Counter('my_never');

export const options = { thresholds: { my_never: ['count<1'], 'http_reqs{name:nowhere}': ['count<1'] } };

export default function () {
  visit();
  if (__ENV.NEVER) {
    never.add(1);
  }
}
