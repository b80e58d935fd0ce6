// Options that say how requests are made.
import { visit } from './lib/shop.js';

export const options = {
  iterations: 2,
  rps: 100,
  userAgent: 'k6ci tests',
  noConnectionReuse: true,
  noVUConnectionReuse: true,
  discardResponseBodies: true,
  insecureSkipTLSVerify: true,
  throw: true,
  minIterationDuration: '100ms',
  dns: { ttl: '1m', select: 'first', policy: 'any' },
  blacklistIPs: ['10.0.0.0/8'],
  blockHostnames: ['*.blocked.test'],
  summaryTrendStats: ['avg', 'p(99)'],
  summaryTimeUnit: 'ms',
  setupTimeout: '5s',
  teardownTimeout: '5s',
  noCookiesReset: true,
};

export default function () {
  visit();
}
