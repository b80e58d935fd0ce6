// The short form of constant VUs.
import { sleep } from 'k6';
import { visit } from './lib/shop.js';

export const options = { vus: 2, duration: '1s' };

export default function () {
  visit();
  sleep(0.2);
}
