// A file beside the script, by import.meta.resolve.
import { check } from 'k6';

const users = JSON.parse(open(import.meta.resolve('./data/users.json')));

export const options = { thresholds: { checks: ['rate==1'] } };

export default function () {
  check(users, { 'two users': (found) => found.length === 2 });
}
