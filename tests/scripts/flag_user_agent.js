// Flags that say how requests are made.
// with: {"flags": ["--user-agent", "k6ci tests", "--no-connection-reuse", "--discard-response-bodies", "--rps=50"]}
import { visit } from './lib/shop.js';

export const options = { iterations: 2 };

export default function () {
  visit();
}
