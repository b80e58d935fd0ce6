// Other methods, headers and cookies.
import http from 'k6/http';
import { check } from 'k6';
import { url } from './lib/shop.js';

export const options = { iterations: 2, thresholds: { checks: ['rate==1'] } };

export default function () {
  const params = { headers: { 'Content-Type': 'application/json' }, cookies: { colour: 'blue' } };
  const answers = [
    http.post(url('/upload'), JSON.stringify({ a: 1 }), params),
    http.put(url('/upload'), 'text', params),
    http.del(url('/upload'), null, params),
  ];
  check(answers, { 'all are taken': (found) => found.every((one) => one.status === 200) });
}
