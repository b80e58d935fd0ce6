// Iterations that VUs share.
import { visit } from './lib/shop.js';

export const options = { scenarios: { main: { executor: 'shared-iterations', vus: 2, iterations: 5, maxDuration: '10s' } } };

export default function () {
  visit();
}
