import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../time/fake-clock.ts';
import { LAST_FOR_MS, LOOK_MS, parseUnanswered, SilentAddresses } from './silent-addresses.ts';

/** As Linux 6.1 writes them. */
const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (remote: string, { state = '02', repeats = 1 } = {}) =>
  `   1: 0200000A:A1B2 ${remote}:01BB ${state} 00000001:00000000 01:0000012A 0000000${repeats} 65532        0 4711 2 0000000000000000 400 0 0 1 7\n`;
const ONE = '016433C6';
const TWO = '026433C6';

describe('parseUnanswered', () => {
  it.each([
    ['an address that has not answered', row(ONE), ['198.51.100.1']],
    ['of IPv6', row('B80D0120000000000000000001000000'), ['2001:db8::1']],
    ['IPv4 in a socket of IPv6', row(`0000000000000000FFFF0000${ONE}`), ['198.51.100.1']],
    ['the first SYN', row(ONE, { repeats: 0 }), []],
    ['an open connection that repeats data', row(ONE, { state: '01' }), []],
    [
      'several',
      row(ONE) + row('0A7100CB', { state: '01' }) + row(TWO, { repeats: 2 }),
      ['198.51.100.1', '198.51.100.2'],
    ],
    ['a cut last line', row(ONE).slice(0, -60), []],
    ['nothing', '', []],
  ])('%s', (_, rows, found) => {
    expect(parseUnanswered(HEAD + rows)).toEqual(found);
  });
});

describe('SilentAddresses', () => {
  const dns = ['198.51.100.1', '198.51.100.2', '203.0.113.10'];
  function setUp() {
    const clock = new FakeClock();
    const kernel = { table: HEAD, looks: 0 };
    const silent = new SilentAddresses({
      clock,
      tables: async () => {
        kernel.looks += 1;
        return [kernel.table];
      },
    });
    return { clock, kernel, silent };
  }

  it('keeps the order of DNS', () => {
    expect(setUp().silent.order(dns)).toEqual(dns);
  });

  it('puts an address that has not answered last, and back after a while', async () => {
    const { clock, kernel, silent } = setUp();
    silent.order(dns);
    kernel.table = HEAD + row(ONE);
    await clock.advance(LOOK_MS);
    expect(silent.order(dns)).toEqual(['198.51.100.2', '203.0.113.10', '198.51.100.1']);
    kernel.table = HEAD;
    await clock.advance(LAST_FOR_MS);
    expect(silent.order(dns)).toEqual(dns);
  });

  it('puts the one that has been silent longest before the others', async () => {
    const { clock, kernel, silent } = setUp();
    silent.order(dns);
    kernel.table = HEAD + row(TWO);
    await clock.advance(LOOK_MS);
    kernel.table = HEAD + row(ONE);
    await clock.advance(LOOK_MS);
    expect(silent.order(dns)).toEqual(['203.0.113.10', '198.51.100.2', '198.51.100.1']);
  });

  it('looks only while Squid may dial one of several addresses', async () => {
    const { clock, kernel, silent } = setUp();
    silent.order(dns.slice(0, 1));
    await clock.advance(60_000);
    expect(kernel.looks).toBe(0);
    for (let asked = 0; asked < 100; asked += 1) silent.order(dns);
    await clock.advance(LOOK_MS);
    expect(kernel.looks).toBe(1);
    await clock.advance(120_000);
    const { looks } = kernel;
    await clock.advance(120_000);
    expect(kernel.looks).toBe(looks);
  });

  it('goes by DNS where the kernel shows no tables', async () => {
    const clock = new FakeClock();
    const silent = new SilentAddresses({ clock, tables: () => Promise.reject(new Error('EACCES')) });
    silent.order(dns);
    await clock.advance(LOOK_MS);
    expect(silent.order(dns)).toEqual(dns);
  });
});
