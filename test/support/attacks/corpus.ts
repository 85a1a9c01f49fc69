import { lengths, malformedLines, protocols, smuggling } from './corpus/framing.ts';
import { type Places, TUNNEL } from './corpus/row.ts';
import { addresses, disagreement, methods, ports, proxyItself, spellings } from './corpus/targets.ts';

export type { Places } from './corpus/row.ts';

/** A request as an attack: what a hostile client may write to the proxy's port, byte by byte. */
export interface Attack {
  id: string;
  name: string;
  /** What it hopes for, or what could go wrong. */
  why: string;
  /** One character a byte. */
  raw: string;
  /** The status of each answer, in order; empty: the connection is closed, or waits, without one. */
  answers: readonly number[];
  /** The paths that reach the allowed name's server, in any order; nothing else may reach any server. */
  arrives: readonly string[];
}

const tables = {
  smuggling,
  line: malformedLines,
  disagreement,
  spelling: spellings,
  address: addresses,
  port: ports,
  itself: proxyItself,
  method: methods,
  protocol: protocols,
  length: lengths,
};

/**
 * One table for Squid and agent alone (test/integration/attacks.test.ts) and for the real proxy pods
 * (test/cluster/attacks.test.ts).
 */
export function attacksOn(places: Places): Attack[] {
  return Object.entries(tables).flatMap(([table, rows]) =>
    rows(places).map(([name, why, raw, { answers, arrives = [] }], index) => {
      const id = `${table}-${index}`;
      const path = `/${id}`;
      const arriving = arrives.map((ending) => (ending === TUNNEL ? `/through${id}` : path + ending));
      return { id, name: `${table}: ${name}`, why, raw: raw(path), answers, arrives: arriving };
    }),
  );
}
