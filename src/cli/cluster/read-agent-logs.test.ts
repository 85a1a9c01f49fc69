import { describe, expect, it } from 'vitest';
import {
  type Exchange,
  sendJson,
  sendStatus,
  startFaultServer,
} from '../../kube/client/fault-server.fixture.ts';
import { KubeClient, type Pod } from '../../kube/index.ts';
import { systemClock } from '../../time/index.ts';
import { readAgentLogs } from './read-agent-logs.ts';

const pod = (name: string, instance = 'one', phase = 'Running'): Pod =>
  ({
    metadata: { name, namespace: 'egress-proxy', uid: `uid-${name}` },
    status: { phase, initContainerStatuses: [{ name: 'agent', containerID: instance }] },
  }) as unknown as Pod;

/** Lines of a log: the second at which each was printed, and its text. */
const logOf = (...lines: [second: number, text: string][]) =>
  lines.map(([second, text]) => [`2026-11-28T12:00:${String(second).padStart(2, '0')}`, text] as const);

function sendLog({ query, response }: Exchange, lines: ReturnType<typeof logOf>): void {
  const since = query.get('sinceTime')?.slice(0, 19) ?? '';
  for (const [time, text] of lines) if (time >= since) response.write(`${time}.500000000Z ${text}\n`);
}

interface Setup {
  answer: (exchange: Exchange) => void;
  pods?: () => Promise<Pod[]>;
  follow?: boolean;
  /** Ends the reading when so many lines were read. */
  until?: number;
}

async function readAll({ answer, pods = async () => [pod('a'), pod('b')], follow = true, until }: Setup) {
  await using server = await startFaultServer(answer);
  const client = new KubeClient(server.cluster);
  const stop = new AbortController();
  const failures: string[] = [];
  const read: string[] = [];
  const lines = readAgentLogs({
    client,
    clock: systemClock,
    pods,
    since: undefined,
    follow,
    select: (text) => (text.startsWith('-') ? undefined : text),
    onFailure: (name) => failures.push(name),
    signal: stop.signal,
  });
  try {
    for await (const line of lines) if (read.push(line) === until) stop.abort();
  } finally {
    await client.close();
  }
  return { read, failures };
}

describe('readAgentLogs', () => {
  it('reads the logs of several pods once, by time', async () => {
    const answer = (exchange: Exchange) => {
      const isA = exchange.path.includes('/pods/a/');
      sendLog(exchange, isA ? logOf([1, '1'], [3, '3']) : logOf([2, '2'], [3, '-'], [4, '4']));
      exchange.response.end();
    };
    expect(await readAll({ answer, follow: false })).toEqual({ read: ['1', '2', '3', '4'], failures: [] });
  });

  it('names a pod whose log cannot be read, and reads the others', async () => {
    const answer = (exchange: Exchange) => {
      if (exchange.path.includes('/pods/a/')) return sendStatus(exchange.response, 500, '', 'node is down');
      sendLog(exchange, logOf([1, '1']));
      exchange.response.end();
    };
    expect(await readAll({ answer, follow: false })).toEqual({ read: ['1'], failures: ['a'] });
  });

  it.each([true, false])('rejects if the user may not read logs, follow: %s', async (follow) => {
    const answer = ({ response }: Exchange) => sendStatus(response, 403, 'Forbidden', 'pods/log');
    await expect(readAll({ answer, follow })).rejects.toMatchObject({ status: 403 });
  });

  it('continues after a broken connection: no line twice, none lost', async () => {
    const lines = logOf([1, '1'], [2, '2'], [2, '2b'], [3, '3']);
    let connections = 0;
    const answer = (exchange: Exchange) => {
      if (!exchange.path.endsWith('/log')) return sendJson(exchange.response, pod('a'));
      connections += 1;
      sendLog(exchange, lines.slice(0, connections + 1));
      // The first connection breaks within a line.
      if (connections === 1)
        exchange.response.write('2026-11-28T12:00:02.5', () => exchange.response.destroy());
      else if (connections === 2) exchange.response.end();
    };
    const { read, failures } = await readAll({ answer, pods: async () => [pod('a')], until: 4 });
    expect(read).toEqual(['1', '2', '2b', '3']);
    expect(failures).toEqual(['a']);
  });

  it('reads what a restarted agent printed before it ended', async () => {
    let restarted = false;
    const answer = (exchange: Exchange) => {
      const { response, query, path } = exchange;
      if (!path.endsWith('/log')) {
        restarted = true;
        return sendJson(response, pod('a', 'two'));
      }
      if (!restarted) {
        sendLog(exchange, logOf([1, '1']));
        return response.end();
      }
      if (query.get('previous') === 'true') {
        sendLog(exchange, logOf([1, '1'], [2, 'last words']));
        return response.end();
      }
      sendLog(exchange, logOf([3, '3']));
      return undefined;
    };
    const { read, failures } = await readAll({ answer, pods: async () => [pod('a')], until: 3 });
    expect(read).toEqual(['1', 'last words', '3']);
    expect(failures).toEqual([]);
  });

  it('reads a pod that replaces another from its beginning, and waits until it starts', async () => {
    let looks = 0;
    let attempts = 0;
    const pods = async () => {
      looks += 1;
      return looks === 1 ? [pod('a')] : [pod('b')];
    };
    const answer = (exchange: Exchange) => {
      const { response, path } = exchange;
      if (!path.endsWith('/log')) return sendStatus(response, 404, 'NotFound', 'no such pod');
      if (path.includes('/pods/a/')) {
        sendLog(exchange, logOf([1, '1']));
        return response.end();
      }
      attempts += 1;
      if (attempts === 1) return sendStatus(response, 400, 'BadRequest', 'waiting to start');
      return sendLog(exchange, logOf([2, '2']));
    };
    const { read, failures } = await readAll({ answer, pods, until: 2 });
    expect(read).toEqual(['1', '2']);
    expect(failures).toEqual([]);
  });
});
