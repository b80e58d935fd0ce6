// VUs for a time.
import { sleep } from 'k6';
import { visit } from './lib/shop.js';

export const options = { scenarios: { main: { executor: 'constant-vus', vus: 2, duration: '1s' } } };

export default function () {
  visit();
  sleep(0.1);
}
