// Iterations at a rate that changes.
import { visit } from './lib/shop.js';

export const options = { scenarios: { main: { executor: 'ramping-arrival-rate', startRate: 5, timeUnit: '1s', preAllocatedVUs: 2, stages: [{ duration: '1s', target: 10 }] } } };

export default function () {
  visit();
}
