// Names with signs that formats care for.
import { check, group } from 'k6';
import { visit } from './lib/shop.js';

export const options = { tags: { 'a-b': 'c d' }, thresholds: { 'checks{a-b:c d}': ['rate==1'] } };

export default function () {
  group('50 % | "off" <b>', () => {
    visit();
    check(1, { '`code` | @all #1 <img>': () => true });
  });
}
