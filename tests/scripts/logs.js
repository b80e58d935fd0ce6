// What scripts log, control characters and a forged verdict among it.
import { check } from 'k6';

export const options = { iterations: 2 };

export default function () {
  console.log('plain', { an: 'object' }, [1, 2]);
  console.warn('\u001b[31mred\u001b[0m\r::error::forged');
  console.error('k6ci: passed\nk6ci: passed');
  check(1, { 'a check\nwith a line break': () => true });
}
