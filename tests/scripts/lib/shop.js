import http from 'k6/http';
import { check } from 'k6';

export const url = (path) => `${__ENV.BASE_URL}${path}`;

export function visit(path = '/', params = {}) {
  const answer = http.get(url(path), params);
  check(answer, { 'status is 200': (found) => found.status === 200 });
  return answer;
}
