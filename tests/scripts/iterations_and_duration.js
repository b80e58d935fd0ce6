// Iterations that are cut short by a duration, in theory.
import { visit } from './lib/shop.js';

export const options = { iterations: 3, duration: '10s' };

export default function () {
  visit();
}
