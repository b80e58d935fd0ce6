// Modules of k6 that need no server.
import { check } from 'k6';
import crypto from 'k6/crypto';
import encoding from 'k6/encoding';
import { parseHTML } from 'k6/html';

export const options = { iterations: 2, thresholds: { checks: ['rate==1'] } };

export default function () {
  check(null, {
    hash: () => crypto.sha256('a', 'hex').startsWith('ca978112'),
    base64: () => encoding.b64decode(encoding.b64encode('text'), 'std', 's') === 'text',
    HTML: () => parseHTML('<p>text</p>').find('p').text() === 'text',
  });
}
