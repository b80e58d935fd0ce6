// Requests side by side, and limits of them.
import http from 'k6/http';
import { check } from 'k6';
import { url } from './lib/shop.js';

export const options = { iterations: 2, batch: 4, batchPerHost: 2, thresholds: { http_reqs: ['count==8'] } };

export default function () {
  const answers = http.batch(['/', '/items', '/items/1', '/items/2'].map((path) => ['GET', url(path)]));
  check(answers, { 'all are there': (found) => found.every((one) => one.status === 200) });
}
