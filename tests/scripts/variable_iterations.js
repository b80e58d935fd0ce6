// A variable of k6 outranks the script.
// with: {"environ": {"K6_ITERATIONS": "3"}}
import { visit } from './lib/shop.js';

export const options = { iterations: 1, thresholds: { iterations: ['count==3'] } };

export default function () {
  visit();
}
