// Iterations at a constant rate.
import { visit } from './lib/shop.js';

export const options = { scenarios: { main: { executor: 'constant-arrival-rate', rate: 10, timeUnit: '1s', duration: '1s', preAllocatedVUs: 2, maxVUs: 4 } } };

export default function () {
  visit();
}
