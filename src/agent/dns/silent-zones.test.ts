import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../time/fake-clock.ts';
import { SilentZones, zonesOf } from './silent-zones.ts';

const OK = ['192.0.2.1'];

/** A nameserver that takes `ms` for an answer, and has none for names that end in `.silent.example`. */
function setUp() {
  const clock = new FakeClock();
  const zones = new SilentZones(clock);
  const asked: string[] = [];
  const lookUp = (owner: string, name: string, { ms = 10_000, silent = /silent\.example$/ } = {}) =>
    zones.run({ owner, name, hasFailed: (found: string[]) => found.length === 0 }, async () => {
      asked.push(name);
      if (!silent.test(name)) return OK;
      await clock.advance(ms);
      return [];
    });
  const fail = async (times: number, name = (index: number) => `n${index}.silent.example`, ms = 10_000) => {
    for (let index = 0; index < times; index += 1) await lookUp('hostile', name(index), { ms });
  };
  return { clock, asked, lookUp, fail };
}

describe('SilentZones', () => {
  it('refuses names of a zone that has not answered eight times, without a look-up', async () => {
    const { asked, lookUp, fail } = setUp();
    await fail(8);
    expect(await lookUp('hostile', 'next.silent.example')).toEqual({ silentZone: 'silent.example' });
    expect(asked).not.toContain('next.silent.example');
  });

  it('looks up the same names for other owners, and other names for this one', async () => {
    const { asked, lookUp, fail } = setUp();
    await fail(8);
    await lookUp('victim', 'next.silent.example');
    expect(asked).toContain('next.silent.example');
    expect(await lookUp('hostile', 'ok.example.com')).toEqual(OK);
  });

  it('finds the zone whatever the labels below it', async () => {
    const { lookUp, fail } = setUp();
    await fail(8, (index) => `x.n${index}.${index}.silent.example`);
    expect(await lookUp('hostile', 'y.z.silent.example')).toEqual({ silentZone: 'silent.example' });
  });

  it('tries again after a pause, and ends the silence with an answer', async () => {
    const { clock, lookUp, fail } = setUp();
    await fail(8);
    await clock.advance(2000);
    expect(await lookUp('hostile', 'back.silent.example', { silent: /never/ })).toEqual(OK);
    expect(await lookUp('hostile', 'too.silent.example', { silent: /never/ })).toEqual(OK);
  });

  it('does not count a nameserver that says immediately that it fails', async () => {
    const { asked, lookUp, fail } = setUp();
    await fail(20, undefined, 10);
    await lookUp('hostile', 'next.silent.example');
    expect(asked).toContain('next.silent.example');
  });
});

describe('zonesOf', () => {
  it.each([
    ['a.b.c.example', ['c.example', 'b.c.example']],
    ['a.example', ['a.example']],
    ['localhost', ['localhost']],
    ['1.2.3.4.5.6.7.example.com', ['example.com', '7.example.com', '6.7.example.com', '5.6.7.example.com']],
  ])('%s', (name, zones) => {
    expect(zonesOf(name)).toEqual(zones);
  });
});
