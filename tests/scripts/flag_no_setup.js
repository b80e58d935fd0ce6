// Without setup(), by flag.
// with: {"flags": ["--no-setup", "--no-teardown"]}
import { check } from 'k6';

export const options = { thresholds: { checks: ['rate==1'] } };

export function setup() {
  throw new Error('this must not run');
}

export default function (data) {
  check(data, { 'there is no data': (found) => found === undefined });
}

export function teardown() {
  throw new Error('nor must this');
}
