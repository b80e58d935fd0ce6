// Stages without vus.
import { sleep } from 'k6';
import { visit } from './lib/shop.js';

export const options = { stages: [{ duration: '500ms', target: 2 }, { duration: '500ms', target: 1 }] };

export default function () {
  visit();
  sleep(0.1);
}
