// Data from setup() in every iteration, and in teardown().
import { check } from 'k6';
import { visit } from './lib/shop.js';

export const options = { vus: 2, iterations: 4, thresholds: { checks: ['rate==1'] } };

export function setup() {
  return { status: visit('/items').status };
}

export default function (data) {
  check(data, { 'setup has answered': (found) => found.status === 200 });
}

export function teardown(data) {
  if (data.status !== 200) {
    throw new Error('no data');
  }
}
