// VUs that somebody else could change.
import { sleep } from 'k6';
import { visit } from './lib/shop.js';

export const options = { scenarios: { main: { executor: 'externally-controlled', vus: 1, maxVUs: 2, duration: '1s' } } };

export default function () {
  visit();
  sleep(0.1);
}
