// Spaces in expressions, and every operator.
import { Counter } from 'k6/metrics';

const sold = new Counter('my_sold');

export const options = {
  thresholds: { my_sold: [' count  >  1 ', 'count >= 2', 'count<3', 'count <= 2', 'count == 2', 'count===2', 'count != 3'] },
};

export default function () {
  sold.add(2);
}
