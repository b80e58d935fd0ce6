// A threshold that may end the test only after a time.
import { check, sleep } from 'k6';

export const options = {
  duration: '30s',
  thresholds: { checks: [{ threshold: 'rate>0.9', abortOnFail: true, delayAbortEval: '1s' }] },
};

export default function () {
  check(1, { 'one is two': (number) => number === 2 });
  sleep(0.1);
}
