/**
 * An API server, without TLS, whose tenant writes rule sets without end; it sends them to the first client that asks. Its arguments:
 * address, port, name of the flood, namespace of the tenant. It prints a line when it listens. After SIGTERM it deletes the rule
 * sets, and ends.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION } from '../../../src/api/index.ts';
import { type FloodName, type RuleSetFlood, ruleSetFloods } from './rule-set-floods.ts';

const [, , address = '', port = '', name = '', namespace = ''] = process.argv;
const flood: RuleSetFlood = ruleSetFloods[name as FloodName];
const stopped = new AbortController();
process.once('SIGTERM', () => stopped.abort());

const server = createServer(async (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  await write(response);
  for (let set = 0; set < flood.sets; set += 1) await send(response, 'DELETED', set);
  response.end(() => process.exit(0));
});
server.listen(Number(port), address, () => process.stdout.write('listening\n'));

async function write(response: ServerResponse): Promise<void> {
  const begin = performance.now();
  for (let number = 0; !stopped.signal.aborted; number += 1) {
    const due = begin + (number * 1000) / flood.perSecond;
    await sleep(Math.max(0, due - performance.now()));
    await send(response, number < flood.sets ? 'ADDED' : 'MODIFIED', number);
  }
}

/** The write of that number; its line is sent when the one before has been taken. */
async function send(response: ServerResponse, type: string, number: number): Promise<void> {
  const { spec, annotations } = flood.ruleSet(number);
  const set = `set-${number % flood.sets}`;
  const version = { generation: number + 1, resourceVersion: String(number + 1) };
  const metadata = { namespace, name: set, uid: set, ...version, annotations };
  const object = { apiVersion: API_VERSION, kind: 'EgressRuleSet', metadata, spec };
  if (!response.write(`${JSON.stringify({ type, object })}\n`)) await once(response, 'drain');
}
