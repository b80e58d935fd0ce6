// A check fails, and no threshold says that it matters.
import { check } from 'k6';

export const options = { iterations: 2 };

export default function () {
  check(2 + 2, { 'are five': (sum) => sum === 5 });
}
