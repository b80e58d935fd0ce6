// A duration without vus: k6's default of one VU.
import { sleep } from 'k6';
import { visit } from './lib/shop.js';

export const options = { duration: '1s', thresholds: { vus_max: ['value==1'] } };

export default function () {
  visit();
  sleep(0.2);
}
