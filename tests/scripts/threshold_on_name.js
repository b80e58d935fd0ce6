// Sub-metrics by a tag that the script sets on a request.
import http from 'k6/http';
import { url } from './lib/shop.js';

export const options = {
  iterations: 2,
  thresholds: { 'http_reqs{name:items}': ['count==4'], 'http_req_failed{name:items}': ['rate<0.01'] },
};

export default function () {
  [1, 2].forEach((id) => http.get(url(`/items/${id}`), { tags: { name: 'items' } }));
}
