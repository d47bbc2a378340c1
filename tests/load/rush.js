// A rush from many clients. `eventrush k6` (make k6) runs it and judges the replies; by itself: API_URL=… k6 run rush.js
// VUS=100 DURATION=10s USERS=10000 PAUSE=0.1 (seconds) EVENT_ID=default change it; SUMMARY=file.json keeps the figures.
// TOKENS=file.json, a list of the tokens of users 1 to USERS, sends each user's.
// With REPLIES=1 it logs every reply but LIMIT_EXCEEDED as [user id, status, body].
import http from 'k6/http';
import { check, sleep } from 'k6';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';

const API_URL = (__ENV.API_URL || 'http://127.0.0.1:3000').replace(/\/$/, '');
const EVENT_ID = __ENV.EVENT_ID || 'default';
const USERS = positive('USERS', 10000);
const PAUSE_S = positive('PAUSE', 0.1, 0);
const LOGS_REPLIES = __ENV.REPLIES === '1';
const TOKENS = __ENV.TOKENS && new SharedArray('tokens', () => JSON.parse(open(__ENV.TOKENS)));
const JSON_ONLY = { 'Content-Type': 'application/json' };

// What each status may say.
const RESULTS = { 200: 'SUCCESS', 202: 'SUCCESS', 409: 'DUPLICATE', 429: 'LIMIT_EXCEEDED' };
const STATUSES = Object.keys(RESULTS).map(Number);
const verdicts = {
  SUCCESS: new Counter('verdict_success'),
  DUPLICATE: new Counter('verdict_duplicate'),
  LIMIT_EXCEEDED: new Counter('verdict_limit_exceeded'),
};
const accepted = new Counter('status_202'); // won, but Kafka had not acknowledged yet
const others = new Counter('verdict_other');

// A loser's 429 is an answer, not a failure.
http.setResponseCallback(http.expectedStatuses(...STATUSES));

export const options = {
  vus: positive('VUS', 100, 1),
  duration: __ENV.DURATION || '10s',
  thresholds: {
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    http_req_duration: [`p(99)<${positive('P99_MS', 2000, 1)}`],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

export function setup() {
  const response = http.get(`${API_URL}/api/events/${EVENT_ID}`, { responseCallback: null, tags: { name: 'event' } });
  if (response.status === 0) exec.test.abort(`Nothing answers at ${API_URL}; make serve starts the API here.`);
  if (response.status !== 200) exec.test.abort(`${API_URL} answers ${response.status} for event ${EVENT_ID}.`);
}

export default function () {
  const userId = 1 + Math.floor(Math.random() * USERS);
  const response = http.post(`${API_URL}/api/events/${EVENT_ID}/join`, JSON.stringify({ userId }), {
    headers: TOKENS ? { ...JSON_ONLY, Authorization: `Bearer ${TOKENS[userId - 1]}` } : JSON_ONLY,
    tags: { name: 'join' },
  });
  const result = resultOf(response);
  (verdicts[result] || others).add(1);
  if (response.status === 202) accepted.add(1);
  if (LOGS_REPLIES && result !== 'LIMIT_EXCEEDED') {
    console.log(JSON.stringify([userId, response.status, response.body]));
  }
  check(response, {
    'status is 200, 202, 409 or 429': (r) => STATUSES.includes(r.status),
    'result agrees with the status': (r) => result !== undefined && RESULTS[r.status] === result,
  });
  if (PAUSE_S) sleep(PAUSE_S);
}

export function handleSummary({ metrics }) {
  if (!metrics.iterations) return { stdout: 'Nothing was sent.\n' };
  const count = (name) => (metrics[name] ? metrics[name].values.count : 0);
  const duration = metrics.http_req_duration.values;
  const figures = {
    requests: count('iterations'),
    requestsPerS: metrics.iterations.values.rate,
    success: count('verdict_success'),
    accepted: count('status_202'),
    duplicate: count('verdict_duplicate'),
    limitExceeded: count('verdict_limit_exceeded'),
    other: count('verdict_other'),
    p50Ms: duration.med,
    p95Ms: duration['p(95)'],
    p99Ms: duration['p(99)'],
    broken: Object.entries(metrics)
      .flatMap(([name, { thresholds }]) => Object.entries(thresholds || {}).map(([rule, { ok }]) => [name, rule, ok]))
      .filter(([, , ok]) => !ok)
      .map(([name, rule]) => `${name} ${rule}`),
  };
  const files = __ENV.SUMMARY ? { [__ENV.SUMMARY]: JSON.stringify(figures, null, 2) } : {};
  return { stdout: readable(figures), ...files };
}

function resultOf(response) {
  try {
    return response.json('result');
  } catch {
    return undefined; // not JSON: the check says so
  }
}

function readable(figures) {
  const rounded = (number) => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ',');
  const lines = [
    [figures.requests, `attempts, ${rounded(figures.requestsPerS)} a second`],
    [figures.success, 'won a seat'],
    [figures.duplicate, 'had a seat already'],
    [figures.limitExceeded, 'came too late'],
    [figures.other, 'were told something else'],
    [figures.p50Ms, `ms for half of them, ${rounded(figures.p95Ms)} for 95 and ${rounded(figures.p99Ms)} for 99 of 100`],
  ];
  const verdict = figures.broken.length ? `Broken: ${figures.broken.join(', ')}` : 'All checks and thresholds hold.';
  return `\n${lines.map(([number, text]) => `${rounded(number).padStart(10)}  ${text}`).join('\n')}\n\n${verdict}\n`;
}

function positive(name, fallback, least = 1) {
  const value = __ENV[name] ? Number(__ENV[name]) : fallback;
  if (!(value >= least)) throw new Error(`${name} is ${__ENV[name]}; it must be a number of at least ${least}.`);
  return value;
}
