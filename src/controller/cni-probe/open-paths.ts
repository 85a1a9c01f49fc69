import type { ProbedPath, ProbedReplica } from './evaluate-probe.ts';

/** Milliseconds for which a path must be open at every look. A CNI programs a new pod's policies seconds after its start. */
export const OPEN_FOR = 15_000;

/** Since when the paths of a proxy's replicas are open, over several probes. */
export class OpenPaths {
  /** By replica and direction: monotonic milliseconds. */
  #since = new Map<string, number>();

  /** The replicas of a probe at `now`, in which a path that is open only since a moment ago is `unconfirmed`. */
  confirm(replicas: readonly ProbedReplica[], now: number): ProbedReplica[] {
    const before = this.#since;
    this.#since = new Map();
    const confirmed = (path: ProbedPath, key: string): ProbedPath => {
      const since = before.get(key) ?? (path.kind === 'open' ? now : undefined);
      if (path.kind === 'closed' || since === undefined) return path;
      this.#since.set(key, since);
      if (path.kind !== 'open' || now - since >= OPEN_FOR) return path;
      return { kind: 'unconfirmed', why: `open for ${Math.round((now - since) / 1000)} s` };
    };
    return replicas.map(({ ingress, egress, ...replica }) => ({
      ...replica,
      ingress: confirmed(ingress, `${replica.name} ingress`),
      egress: confirmed(egress, `${replica.name} egress`),
    }));
  }
}
