import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { makeIntermediate } from '../../test/support/intermediate-authority.ts';
import { createAuthority, issueServingCertificate, normalizePair } from '../tls/index.ts';
import { AgentConnections } from './agent-connections.ts';

const NAME = 'squid.egress-proxy.svc';

test.each([
  ['by the address', {}],
  ['over a stream', { dial: async (port: number) => connect(port, '127.0.0.1') }],
])(
  'an agent is verified %s by a CA that another has signed, and by no other CA',
  async (_, { dial }: { dial?: (port: number) => Promise<ReturnType<typeof connect>> }) => {
    const authority = normalizePair(await makeIntermediate());
    const pair = await issueServingCertificate({ authority, names: [NAME], now: Date.now() });
    const server = createServer(pair, (_request, response) => response.end('{"ok":true}'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = async (bundle: string) => {
      const connections = new AgentConnections({
        port,
        bundle: () => bundle,
        headers: async () => ({}),
        ...(dial && { dial: () => dial(port) }),
      });
      try {
        return await connections.get(
          { address: '127.0.0.1', name: 'egress-proxy/squid-0', serverName: NAME },
          '/',
        );
      } finally {
        await connections.close();
      }
    };
    try {
      expect(await ask(authority.cert)).toEqual({ ok: true });
      const other = await createAuthority({ now: Date.now() });
      await expect(ask(other.cert)).rejects.toThrow(/verify|certificate/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
);
