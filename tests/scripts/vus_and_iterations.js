// The short form with both.
import { visit } from './lib/shop.js';

export const options = { vus: 2, iterations: 4, thresholds: { iterations: ['count==4'] } };

export default function () {
  visit();
}
