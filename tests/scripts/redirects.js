// A redirect that is followed, and one that is not.
import http from 'k6/http';
import { check } from 'k6';
import { url } from './lib/shop.js';

export const options = { maxRedirects: 3, thresholds: { checks: ['rate==1'] } };

export default function () {
  check(http.get(url('/redirect')), { followed: (found) => found.status === 200 });
  check(http.get(url('/redirect'), { redirects: 0 }), { 'not followed': (found) => found.status === 302 });
}
