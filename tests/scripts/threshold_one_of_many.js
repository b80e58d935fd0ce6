// One of several thresholds is crossed.
import { visit } from './lib/shop.js';

export const options = {
  iterations: 2,
  thresholds: { http_req_failed: ['rate<0.01'], http_reqs: ['count==2', 'count>1000'], checks: ['rate==1'] },
};

export default function () {
  visit();
}
