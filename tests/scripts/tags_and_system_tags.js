// Tags of the whole test, of a VU and of a request; few system tags.
import exec from 'k6/execution';
import { visit } from './lib/shop.js';

export const options = {
  iterations: 2,
  tags: { team: 'checkout' },
  systemTags: ['status', 'scenario', 'group', 'check'],
  thresholds: {
    'http_reqs{team:checkout}': ['count==2'],
    'http_reqs{step:first}': ['count==2'],
    'http_reqs{kind:page}': ['count==2'],
  },
};

export default function () {
  exec.vu.metrics.tags.step = 'first';
  visit('/', { tags: { kind: 'page' } });
}
