// A tag by flag, and a threshold on it.
// with: {"flags": ["--tag", "team=checkout"]}
import { visit } from './lib/shop.js';

export const options = { iterations: 2, thresholds: { 'http_reqs{team:checkout}': ['count==2'] } };

export default function () {
  visit();
}
