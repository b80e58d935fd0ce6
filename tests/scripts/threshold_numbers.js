// Numbers as Go reads them.
import { Trend } from 'k6/metrics';

const waiting = new Trend('my_waiting');

export const options = {
  thresholds: { my_waiting: ['avg>.5', 'avg<1e3', 'avg>1e-2', 'avg<1_000', 'max<=+2.', 'p(9e1)<0x1p4', 'min<Inf'] },
};

export default function () {
  waiting.add(1);
  waiting.add(2);
}
