// A counter by count and by rate.
import { Counter } from 'k6/metrics';

const sold = new Counter('my_sold');

export const options = { iterations: 3, thresholds: { my_sold: ['count==6', 'count>5', 'rate>0'] } };

export default function () {
  sold.add(2);
}
