import { sleep } from 'k6';
import { Trend } from 'k6/metrics';

const work = new Trend('work');

export const options = { vus: 1, duration: '2s', thresholds: { work: ['p(95)<5'] } };

export default function () {
  work.add(Number(__ENV.WORK || 3));
  sleep(0.2);
}
