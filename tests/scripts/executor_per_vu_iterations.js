// So many iterations for each VU.
import { visit } from './lib/shop.js';

export const options = { scenarios: { main: { executor: 'per-vu-iterations', vus: 3, iterations: 2 } }, thresholds: { iterations: ['count==6'] } };

export default function () {
  visit();
}
