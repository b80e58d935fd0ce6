// VUs that come and go.
import { sleep } from 'k6';
import { visit } from './lib/shop.js';

export const options = {
  scenarios: {
    main: {
      executor: 'ramping-vus',
      startVUs: 1,
      stages: [{ duration: '500ms', target: 3 }, { duration: '500ms', target: 0 }],
      gracefulRampDown: '1s',
    },
  },
};

export default function () {
  visit();
  sleep(0.1);
}
