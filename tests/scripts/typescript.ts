// TypeScript, and a module of it.
import { check } from 'k6';
import { Item, total } from './lib/typed.ts';

export const options = { iterations: 2, thresholds: { checks: ['rate==1'] } };

export default function (): void {
  const items: Item[] = [{ name: 'a', price: 1 }, { name: 'b', price: 2 }];
  check(total(items), { 'the sum is right': (sum: number) => sum === 3 });
}
