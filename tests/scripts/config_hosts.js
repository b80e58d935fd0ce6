// Names of hosts in k6's config file.
// with: {"config": {"hosts": {"shop.test": "127.0.0.1"}}}
import http from 'k6/http';
import { check } from 'k6';

export const options = { thresholds: { checks: ['rate==1'] } };

export default function () {
  const answer = http.get(__ENV.BASE_URL.replace('127.0.0.1', 'shop.test'));
  check(answer, { 'the name is known': (found) => found.status === 200 });
}
