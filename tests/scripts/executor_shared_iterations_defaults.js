// One VU and one iteration, by the executor's defaults.
import { visit } from './lib/shop.js';

export const options = { scenarios: { main: { executor: 'shared-iterations' } } };

export default function () {
  visit();
}
