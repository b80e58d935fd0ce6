// A rate of the script's own, crossed.
import { Rate } from 'k6/metrics';

const good = new Rate('my_good');

export const options = { iterations: 4, thresholds: { my_good: ['rate>0.4', 'rate>=0.6'] } };

export default function () {
  good.add(true);
  good.add(false);
}
