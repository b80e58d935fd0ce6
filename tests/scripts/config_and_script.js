// The script outranks k6's config file.
// with: {"config": {"iterations": 9, "vus": 3, "tags": {"from": "file"}}}
import { visit } from './lib/shop.js';

export const options = { iterations: 3, thresholds: { iterations: ['count==3'], 'http_reqs{from:file}': ['count==3'] } };

export default function () {
  visit();
}
