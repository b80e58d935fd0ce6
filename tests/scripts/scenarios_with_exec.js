// Two scenarios with functions of their own; a threshold on each.
import { visit } from './lib/shop.js';

export const options = {
  scenarios: {
    browse: { executor: 'per-vu-iterations', exec: 'browse', iterations: 3 },
    buy: { executor: 'shared-iterations', exec: 'buy', vus: 2, iterations: 2 },
  },
  thresholds: { 'iterations{scenario:browse}': ['count==3'], 'iterations{scenario:buy}': ['count==2'] },
};

export function browse() {
  visit('/');
}

export function buy() {
  visit('/items');
}
