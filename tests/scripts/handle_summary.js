// A summary of the script's own.
import { visit } from './lib/shop.js';

export default function () {
  visit();
}

export function handleSummary(data) {
  return { stdout: `${Object.keys(data.metrics).length} metrics\n` };
}
