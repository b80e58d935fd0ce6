// A text file.
import { check } from 'k6';

const lines = open('./data/users.csv').trim().split('\n');

export const options = { thresholds: { checks: ['rate==1'] } };

export default function () {
  check(lines, { 'two users': (found) => found.length === 2 });
}
