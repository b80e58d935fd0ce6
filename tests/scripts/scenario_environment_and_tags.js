// What a scenario gives to its iterations.
import { check } from 'k6';
import { visit } from './lib/shop.js';

export const options = {
  scenarios: { main: { executor: 'shared-iterations', env: { PART: 'checkout' }, tags: { part: 'checkout' } } },
  thresholds: { 'http_reqs{part:checkout}': ['count==1'], checks: ['rate==1'] },
};

export default function () {
  visit();
  check(__ENV.PART, { 'the scenario has its variable': (part) => part === 'checkout' });
}
