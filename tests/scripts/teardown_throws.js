// An exception in teardown(), after all was measured.
import { visit } from './lib/shop.js';

export default function () {
  visit();
}

export function teardown() {
  throw new Error('cannot clean up');
}
