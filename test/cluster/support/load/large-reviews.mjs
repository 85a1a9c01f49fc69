/**
 * Sends the webhook large AdmissionReviews, 200 at a time, and counts what comes of them. Runs in a pod, from a ConfigMap:
 * node large-reviews.mjs '{"url": "https://...", "concurrency": 200, "total": 400}'
 * Prints one JSON line: {"429": n, "ECONNRESET": m, ...}.
 */
import { Agent, request } from 'node:https';

const { url, concurrency, total } = JSON.parse(process.argv[2]);
const container = { name: 'c', image: 'i' };
const pod = { metadata: { name: 'large' }, spec: { containers: Array(60_000).fill(container) } };
const kind = { group: '', version: 'v1', kind: 'Pod' };
const body = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { uid: 'u', kind, namespace: process.env.REVIEWED, operation: 'CREATE', object: pod },
});
const headers = { 'content-type': 'application/json', 'content-length': body.length };
const agent = new Agent({ rejectUnauthorized: false });
const counts = { bytes: body.length };
const count = (key) => {
  counts[key] = (counts[key] ?? 0) + 1;
};
let begun = 0;

function once() {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent, headers, timeout: 20_000 }, (response) => {
      count(response.statusCode);
      response.resume();
      response.on('close', resolve);
    });
    sent.on('error', ({ code }) => {
      count(code);
      resolve();
    });
    sent.on('timeout', () => sent.destroy());
    sent.end(body);
  });
}

async function work() {
  while (begun < total) {
    begun += 1;
    await once();
  }
}

await Promise.all(Array.from({ length: concurrency }, work));
console.log(JSON.stringify(counts));
