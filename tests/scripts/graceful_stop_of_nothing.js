// Iterations that are cut off at the end.
import { sleep } from 'k6';
import { visit } from './lib/shop.js';

export const options = {
  scenarios: { main: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } },
};

export default function () {
  visit();
  sleep(5);
}
