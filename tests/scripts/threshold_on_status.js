// Sub-metrics by the status of answers.
import http from 'k6/http';
import { url } from './lib/shop.js';

export const options = {
  iterations: 2,
  thresholds: {
    'http_reqs{status:200}': ['count==2'],
    'http_reqs{status:500}': ['count==2'],
    'http_req_duration{status:200}': ['p(95)<5000'],
  },
};

export default function () {
  http.get(url('/'));
  http.get(url('/status/500'));
}
