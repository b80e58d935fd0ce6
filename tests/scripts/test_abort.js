// exec.test.abort() in an iteration.
import exec from 'k6/execution';
import { visit } from './lib/shop.js';

export const options = { duration: '20s' };

export default function () {
  visit();
  exec.test.abort('enough is enough');
}
