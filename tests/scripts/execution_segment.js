// Half of a test.
// with: {"flags": ["--execution-segment=0:1/2", "--execution-segment-sequence=0,1/2,1"]}
import { visit } from './lib/shop.js';

export const options = {
  scenarios: { main: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } },
  thresholds: { iterations: ['count==2'] },
};

export default function () {
  visit();
}
