// A variable inside of the flags.
// with: {"flags": ["-e", "COLOUR=blue", "--env=SIZE=small"]}
import { check } from 'k6';

export const options = { thresholds: { checks: ['rate==1'] } };

export default function () {
  check(__ENV, { 'both are there': (env) => env.COLOUR === 'blue' && env.SIZE === 'small' });
}
