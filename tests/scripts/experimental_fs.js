// The file API of k6/experimental/fs.
import { check } from 'k6';
import { open } from 'k6/experimental/fs';

const file = await open('./data/users.csv');

export const options = { thresholds: { checks: ['rate==1'] } };

export default async function () {
  const { size } = await file.stat();
  check(size, { 'twelve bytes': (found) => found === 12 });
}
