// Every aggregation of a trend.
import { Trend } from 'k6/metrics';

const waiting = new Trend('my_waiting', true);

export const options = {
  thresholds: {
    my_waiting: ['avg<3', 'min>=1', 'max<=3', 'med<2.5', 'p(90)<3.1', 'p(99.9)<=3', 'p(0)>=1', 'p(100)<=3.1'],
  },
};

export default function () {
  [1, 2, 3].forEach((value) => waiting.add(value));
}
