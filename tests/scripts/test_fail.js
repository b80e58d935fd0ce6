// exec.test.fail(): the test goes on, and has failed.
import exec from 'k6/execution';
import { visit } from './lib/shop.js';

export const options = { iterations: 2 };

export default function () {
  visit();
  exec.test.fail('not good enough');
}
