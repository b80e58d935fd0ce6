// exec.test.fail() and a crossed threshold.
import exec from 'k6/execution';
import { visit } from './lib/shop.js';

export const options = { iterations: 2, thresholds: { http_reqs: ['count>100'] } };

export default function () {
  visit();
  exec.test.fail('not good enough');
}
