// No options at all: one VU, one iteration.
import { visit } from './lib/shop.js';

export default function () {
  visit();
}
