// An asynchronous function, timers and promises.
import http from 'k6/http';
import { check } from 'k6';
import { setTimeout } from 'k6/timers';
import { url } from './lib/shop.js';

export const options = { iterations: 2, thresholds: { checks: ['rate==1'] } };

export default async function () {
  const answer = await http.asyncRequest('GET', url('/'));
  await new Promise((done) => setTimeout(done, 50));
  check(answer, { 'status is 200': (found) => found.status === 200 });
}
