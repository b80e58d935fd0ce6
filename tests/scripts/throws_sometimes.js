// Exceptions in some iterations.
import exec from 'k6/execution';
import { visit } from './lib/shop.js';

export const options = { iterations: 4, thresholds: { http_reqs: ['count==4'] } };

export default function () {
  visit();
  if (exec.scenario.iterationInTest % 2) {
    throw new Error('an odd one');
  }
}
