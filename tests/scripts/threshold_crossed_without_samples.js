// A threshold that a metric without samples does not meet.
import { visit } from './lib/shop.js';

export const options = { thresholds: { 'http_reqs{name:nowhere}': ['count>0'] } };

export default function () {
  visit();
}
