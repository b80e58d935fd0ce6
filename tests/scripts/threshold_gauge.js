// A gauge by its last value.
import { Gauge } from 'k6/metrics';

const size = new Gauge('my_size');

export const options = { iterations: 2, thresholds: { my_size: ['value==7', 'value<8'] } };

export default function () {
  size.add(3);
  size.add(7);
}
