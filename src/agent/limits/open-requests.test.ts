import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpenRequests } from './open-requests.ts';

describe('OpenRequests', () => {
  it('counts by owner from the beginning to the end', () => {
    const open = new OpenRequests();
    open.begin('a', 'shop', '10.0.0.1 1', 0);
    open.begin('b', 'shop', '10.0.0.1 2', 0);
    open.begin('c', 'bank', '10.0.0.2 1', 0);
    expect([open.count('shop'), open.count('bank'), open.count('none')]).toEqual([2, 1, 0]);
    open.end('a');
    expect([open.count('shop'), open.count('bank')]).toEqual([1, 1]);
  });

  it('ends the earlier request of a connection', () => {
    const open = new OpenRequests();
    open.begin('a', 'shop', '10.0.0.1 1', 0);
    open.begin('b', 'bank', '10.0.0.1 1', 0);
    expect([open.count('shop'), open.count('bank')]).toEqual([0, 1]);
    open.end('a');
    expect(open.count('bank')).toBe(1);
  });

  it('does not begin what has ended, nor twice', () => {
    const open = new OpenRequests();
    open.end('late');
    open.begin('late', 'shop', '10.0.0.1 1', 0);
    open.begin('a', 'shop', '10.0.0.1 2', 0);
    open.begin('a', 'shop', '10.0.0.1 2', 0);
    expect(open.count('shop')).toBe(1);
  });

  it('sweeps what is old and not connected', () => {
    const open = new OpenRequests();
    open.begin('lost', 'shop', '10.0.0.1 1', 0);
    open.begin('long', 'shop', '10.0.0.1 2', 0);
    open.begin('new', 'shop', '10.0.0.1 3', 9);
    open.sweep(9, (connection) => connection === '10.0.0.1 2');
    expect(open.count('shop')).toBe(2);
  });

  it('counts as a list would, whatever comes in whatever order', () => {
    const step = fc.record({ begins: fc.boolean(), id: fc.nat(30), owner: fc.nat(2), port: fc.nat(8) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const open = new OpenRequests();
        const list = new ListedRequests();
        for (const taken of steps) {
          for (const counted of [open, list]) take(counted, taken);
          expect(countsOf(open)).toEqual(countsOf(list));
        }
      }),
    );
  });
});

type Counted = Pick<OpenRequests, 'begin' | 'end' | 'count'>;

function take(
  counted: Counted,
  { begins, id, owner, port }: { begins: boolean; id: number; owner: number; port: number },
): void {
  if (begins) counted.begin(`${id}`, `${owner}`, `c ${port}`, 0);
  else counted.end(`${id}`);
}

const countsOf = (counted: Counted) => ['0', '1', '2'].map((each) => counted.count(each));

/** The open requests as a list: slow, and easy to check. */
class ListedRequests implements Counted {
  #list: { id: string; owner: string; connection: string }[] = [];
  readonly #ended = new Set<string>();

  begin(id: string, owner: string, connection: string): void {
    if (this.#ended.delete(id) || this.#list.some((each) => each.id === id)) return;
    this.#list = [...this.#list.filter((each) => each.connection !== connection), { id, owner, connection }];
  }

  end(id: string): void {
    if (!this.#list.some((each) => each.id === id)) this.#ended.add(id);
    this.#list = this.#list.filter((each) => each.id !== id);
  }

  count(owner: string): number {
    return this.#list.filter((each) => each.owner === owner).length;
  }
}
