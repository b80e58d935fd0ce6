// A scenario that begins later.
import { visit } from './lib/shop.js';

export const options = {
  scenarios: {
    first: { executor: 'shared-iterations', maxDuration: '5s' },
    second: { executor: 'shared-iterations', startTime: '1s', maxDuration: '5s' },
  },
  thresholds: { iterations: ['count==2'] },
};

export default function () {
  visit();
}
