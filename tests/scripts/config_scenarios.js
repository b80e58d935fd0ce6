// Scenarios in k6's config file.
// with: {"config": {"scenarios": {"one": {"executor": "per-vu-iterations", "vus": 2, "iterations": 2}}}}
import { visit } from './lib/shop.js';

export const options = { thresholds: { iterations: ['count==4'] } };

export default function () {
  visit();
}
