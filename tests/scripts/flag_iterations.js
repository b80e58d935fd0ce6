// A flag outranks the script.
// with: {"flags": ["-i", "4", "-u", "2"]}
import { visit } from './lib/shop.js';

export const options = { iterations: 1, thresholds: { iterations: ['count==4'] } };

export default function () {
  visit();
}
