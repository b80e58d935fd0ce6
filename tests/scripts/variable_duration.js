// A duration by variable.
// with: {"environ": {"K6_DURATION": "1s", "K6_MIN_ITERATION_DURATION": "200ms"}}
import { visit } from './lib/shop.js';

export const options = { thresholds: { iterations: ['count<=6'] } };

export default function () {
  visit();
}
