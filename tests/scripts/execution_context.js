// What a script can know about its own execution.
import { check } from 'k6';
import exec from 'k6/execution';

export const options = { vus: 2, iterations: 4, thresholds: { checks: ['rate==1'] } };

export default function () {
  check(exec, {
    'the scenario is known': (found) => found.scenario.name === 'default',
    'the VU is known': (found) => found.vu.idInTest >= 1,
    'the options are known': (found) => found.test.options.scenarios.default.executor === 'shared-iterations',
  });
}
