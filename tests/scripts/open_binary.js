// A binary file, uploaded.
import http from 'k6/http';
import { check } from 'k6';
import { url } from './lib/shop.js';

const bytes = open('./data/bytes.bin', 'b');

export const options = { thresholds: { checks: ['rate==1'] } };

export default function () {
  const answer = http.post(url('/upload'), { file: http.file(bytes, 'bytes.bin') });
  check(answer, { 'taken, with four bytes': (found) => found.status === 200 && bytes.byteLength === 4 });
}
