// Reads NO_PROXY as node:http and fetch do with NODE_USE_ENV_PROXY. For each of stdin's cases, prints `direct` or `proxy` for
// each URL. The name that a client looks up tells, or the address of the proxy, to which nothing listens.
import { Agent, get } from 'node:http';
import { json } from 'node:stream/consumers';
import { EnvHttpProxyAgent, request } from 'undici';

const [, , client] = process.argv;

const clients = {
  http: (url, resolve) => {
    const lookup = (name, _, done) => {
      resolve(name);
      done(new Error('seen'));
    };
    const agent = new Agent({ proxyEnv: process.env });
    get(url, { agent, lookup }, () => resolve('answered')).on('error', (error) => resolve(error.message));
  },
  undici: (url, resolve) => {
    const connect = ({ hostname }, done) => {
      resolve(hostname);
      done(new Error('seen'));
    };
    const dispatcher = new EnvHttpProxyAgent({ connect });
    request(url, { dispatcher }).catch((error) => resolve(error.message));
  },
};

async function wayOf(url) {
  const seen = await new Promise((resolve) => clients[client](url, resolve));
  if (seen === new URL(url).hostname) return 'direct';
  return seen.includes(new URL(process.env.http_proxy).host) ? 'proxy' : seen;
}

const ways = [];
for (const { env, urls } of await json(process.stdin)) {
  Object.assign(process.env, env);
  const ofCase = [];
  for (const url of urls) ofCase.push(await wayOf(url));
  ways.push(ofCase);
}
console.log(JSON.stringify(ways));
process.exit(0);
