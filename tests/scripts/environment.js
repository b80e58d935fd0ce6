// Variables of the script, with signs that shells care for.
// with: {"env": {"PLAIN": "value", "JSON": "{\"a\": [1, \"b c\"]}", "QUOTES": "'x' \"y\"", "BACKSLASH": "a\\nb", "HASH": "a #b", "SPACES": " x  ", "EMPTY": ""}}
import { check } from 'k6';

export const options = { thresholds: { checks: ['rate==1'] } };

export default function () {
  check(__ENV, {
    plain: (env) => env.PLAIN === 'value',
    JSON: (env) => JSON.parse(env.JSON).a[1] === 'b c',
    quotes: (env) => env.QUOTES === '\'x\' "y"',
    backslash: (env) => env.BACKSLASH === 'a\\nb',
    hash: (env) => env.HASH === 'a #b',
    spaces: (env) => env.SPACES === ' x  ',
    empty: (env) => env.EMPTY === '',
    'nothing else of this machine': (env) => env.HOME === undefined && env.PATH === undefined,
  });
}
