// Data that VUs share.
import { check } from 'k6';
import exec from 'k6/execution';
import { SharedArray } from 'k6/data';

const users = new SharedArray('users', () => JSON.parse(open('./data/users.json')));

export const options = { vus: 2, iterations: 4, thresholds: { checks: ['rate==1'] } };

export default function () {
  const user = users[exec.scenario.iterationInTest % users.length];
  check(user, { 'a user has a name': (found) => ['ann', 'bob'].includes(found.name) });
}
