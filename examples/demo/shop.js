// A small load test of a shop. `k6ci demo` runs it; you can use it as a starting point for your own script.
import http from 'k6/http';
import { check, group, sleep } from 'k6';

const BASE_URL = __ENV.BASE_URL || 'http://127.0.0.1:8000';

export const options = {
  scenarios: {
    browse: { executor: 'constant-vus', vus: 5, duration: '8s', exec: 'browse', gracefulStop: '2s' },
    buy: { executor: 'ramping-vus', stages: [{ duration: '8s', target: 3 }], exec: 'buy', gracefulRampDown: '1s' },
  },
  thresholds: {
    http_req_duration: ['p(95)<500', 'avg<200'],
    http_req_failed: ['rate<0.01'],
    checks: ['rate>0.99'],
  },
};

export function browse() {
  group('browse', () => {
    const answer = http.get(`${BASE_URL}/products`);
    check(answer, {
      'the list is there': (r) => r.status === 200,
      'it has products': (r) => r.json('products').length > 0,
    });
  });
  sleep(0.3);
}

export function buy() {
  group('buy', () => {
    const answer = http.post(`${BASE_URL}/orders`, JSON.stringify({ product: 1 }), {
      headers: { 'Content-Type': 'application/json' },
    });
    check(answer, { 'the order is accepted': (r) => r.status === 201 });
  });
  sleep(0.5);
}
