// A flag outranks a variable.
// with: {"environ": {"K6_ITERATIONS": "3", "K6_VUS": "3"}, "flags": ["-i", "2", "-u", "2"]}
import { visit } from './lib/shop.js';

export const options = { thresholds: { iterations: ['count==2'] } };

export default function () {
  visit();
}
