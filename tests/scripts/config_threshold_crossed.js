// A threshold in k6's config file, crossed.
// with: {"config": {"thresholds": {"iterations": ["count>100"]}}}
import { visit } from './lib/shop.js';

export default function () {
  visit();
}
