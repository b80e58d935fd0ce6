// Requests that fail.
import http from 'k6/http';
import { url } from './lib/shop.js';

export const options = { iterations: 3, thresholds: { http_req_failed: ['rate<0.1'] } };

export default function () {
  http.get(url('/status/500'));
}
