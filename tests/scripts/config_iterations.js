// Options in k6's config file.
// with: {"config": {"iterations": 3, "vus": 3}}
import { visit } from './lib/shop.js';

export default function () {
  visit();
}
