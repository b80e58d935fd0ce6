// Iterations without vus: k6's default of one VU.
import { visit } from './lib/shop.js';

export const options = { iterations: 3, thresholds: { iterations: ['count==3'] } };

export default function () {
  visit();
}
