// Every iteration fails; only setup() measures something.
import { visit } from './lib/shop.js';

export const options = { iterations: 2 };

export function setup() {
  visit();
}

export default function () {
  throw new Error('every time');
}
