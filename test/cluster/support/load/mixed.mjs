/**
 * Makes plain requests and CONNECTs through the proxy of its environment, all kinds mixed, and prints what came of each
 * as one JSON object: {"GET a:80 200": 3, "CONNECT b:443 403": 2}. Runs in a pod, from a ConfigMap:
 *   node mixed.mjs '{"concurrency": 8, "requests": [{"method": "GET", "target": "a:80", "count": 3}]}'
 */
import { Agent, request } from 'node:http';

const { concurrency = 8, requests } = JSON.parse(process.argv[2]);
const proxy = new URL(process.env.HTTPS_PROXY);
// Connections are kept: many requests go through one, and each is one.
const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
const results = {};

/** One of each kind in turn, until none is left. */
function mixed() {
  const left = requests.map((each) => ({ ...each }));
  const order = [];
  while (left.some(({ count }) => count > 0)) {
    for (const each of left) {
      if (each.count === 0) continue;
      each.count -= 1;
      order.push(each);
    }
  }
  return order;
}

function get(target) {
  return new Promise((resolve, reject) => {
    const options = {
      host: proxy.hostname,
      port: proxy.port,
      path: `http://${target}/`,
      agent,
      timeout: 30_000,
    };
    request(options, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .on('timeout', () => reject(new Error('timeout')))
      .end();
  });
}

function connect(target) {
  return new Promise((resolve, reject) => {
    request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: target, timeout: 30_000 })
      .on('connect', (response, socket) => {
        socket.destroy();
        resolve(response.statusCode);
      })
      .on('error', reject)
      .on('timeout', () => reject(new Error('timeout')))
      .end();
  });
}

const order = mixed();
async function worker() {
  for (let next = order.shift(); next !== undefined; next = order.shift()) {
    const { method, target } = next;
    const status = await (method === 'CONNECT' ? connect(target) : get(target)).catch(
      (error) => error.message,
    );
    const key = `${method} ${target} ${status}`;
    results[key] = (results[key] ?? 0) + 1;
  }
}

await Promise.all(Array.from({ length: concurrency }, worker));
agent.destroy();
process.stdout.write(`${JSON.stringify(results)}\n`);
