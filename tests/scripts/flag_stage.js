// Stages by flag replace the script's iterations.
// with: {"flags": ["-s", "300ms:2", "--stage=300ms:1"]}
import { visit } from './lib/shop.js';

export const options = { iterations: 1, thresholds: { iterations: ['count>1'] } };

export default function () {
  visit();
}
