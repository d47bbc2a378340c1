// Joins from CLIENTS clients without pauses, or RATE a second however slow the API is (an open loop); tests/bench/load.py
// runs it. k6 shares the machine with what it measures, so it does as little a request as it can: no body is read, and
// only a status other than EXPECTED is counted.
import http from 'k6/http';
import { Counter } from 'k6/metrics';

const RATE = Number(__ENV.RATE || 0);
const CLIENTS = Number(__ENV.CLIENTS);
const EXPECTED = Number(__ENV.EXPECTED || 0);
const URL = `${__ENV.API_URL}/api/events/${__ENV.EVENT_ID}/join`;
const PARAMETERS = { headers: { 'Content-Type': 'application/json' } };
const unexpected = new Counter('unexpected');

const duration = __ENV.DURATION;
const closed = { executor: 'constant-vus', vus: CLIENTS, duration };
const open = {
  executor: 'constant-arrival-rate',
  rate: RATE,
  timeUnit: '1s',
  duration,
  preAllocatedVUs: CLIENTS,
  maxVUs: 4 * CLIENTS, // where all of them wait, an attempt is dropped and counted
};

export const options = {
  scenarios: { joins: RATE ? open : closed },
  discardResponseBodies: true,
  systemTags: [],
  summaryTrendStats: ['med', 'p(99)'],
};

http.setResponseCallback(null);

export default function () {
  // So many users that each comes once.
  const userId = 1 + Math.floor(Math.random() * 2 ** 53);
  const response = http.post(URL, `{"userId":${userId}}`, PARAMETERS);
  if (EXPECTED && response.status !== EXPECTED) {
    unexpected.add(1);
    console.error(`status ${response.status} ${response.error}`);
  }
}

export function handleSummary({ metrics }) {
  const count = (name) => (metrics[name] ? metrics[name].values.count : 0);
  const { med, 'p(99)': p99 } = metrics.http_req_duration.values;
  const figures = {
    requests: count('http_reqs'),
    requestsPerS: metrics.http_reqs.values.rate,
    p50Ms: med,
    p99Ms: p99,
    dropped: count('dropped_iterations'),
    unexpected: count('unexpected'),
  };
  return { [__ENV.SUMMARY]: JSON.stringify(figures) };
}
