// Groups, nested, with a threshold on one.
import { group } from 'k6';
import { visit } from './lib/shop.js';

export const options = {
  iterations: 2,
  thresholds: { 'group_duration{group:::cart}': ['avg<5000'], 'http_reqs{group:::cart::pay}': ['count==2'] },
};

export default function () {
  group('cart', () => {
    visit('/');
    group('pay', () => visit('/items'));
  });
}
