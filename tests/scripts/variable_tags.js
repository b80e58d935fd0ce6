// Tags by variable.
// with: {"environ": {"K6_TAGS": "team:checkout"}}
import { visit } from './lib/shop.js';

export const options = { thresholds: { 'http_reqs{team:checkout}': ['count==1'] } };

export default function () {
  visit();
}
