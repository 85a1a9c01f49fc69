import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { establishedPeers, parsePeers } from './established-peers.ts';

/** As Linux 6.1 writes them. */
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0C38 00000000:0000 0A 00000000:00000000 00:00000000 00000000 65532        0 5
   1: 0200000A:0C38 0700000A:1267 01 00000000:00000000 00:00000000 00000000 65532        0 6
   2: 0200000A:0C38 0800000A:1268 08 00000000:00000000 00:00000000 00000000 65532        0 8
   3: 0200000A:0C38 0800000A:1269 06 00000000:00000000 00:00000000 00000000 65532        0 7
`;
const TCP6 = `  sl  local_address                         remote_address                        st
   0: 0000000000000000FFFF00000200000A:0C38 0000000000000000FFFF00000700000A:1269 01
   1: 000000FD000000000000000002000000:0C38 000000FD000000000000000007000000:126A 01
`;

describe('parsePeers', () => {
  it('reads the connections that this end has not closed', () => {
    expect([...parsePeers(TCP)]).toEqual(['10.0.0.7 4711', '10.0.0.8 4712']);
  });
  it('writes the IPv4 address of an IPv6 socket as IPv4', () => {
    expect([...parsePeers(TCP6)]).toEqual(['10.0.0.7 4713', 'fd00::7 4714']);
  });
});

describe('establishedPeers', () => {
  it('lists the connections that the kernel of this machine has', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sockets = Array.from({ length: 20 }, () =>
      connect((server.address() as AddressInfo).port, '127.0.0.1'),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const own = sockets.map(({ localPort }) => `127.0.0.1 ${localPort}`);
    expect([...((await establishedPeers()) ?? [])]).toEqual(expect.arrayContaining(own));
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});
