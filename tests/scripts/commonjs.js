// A CommonJS module.
import { check } from 'k6';

const { double } = require('./lib/common.cjs');

export const options = { thresholds: { checks: ['rate==1'] } };

export default function () {
  check(double(2), { 'twice two': (found) => found === 4 });
}
