import { NetworkNamespace } from '../../integration/support/squid/network-namespace.ts';
import { MemoryGroup } from './memory-group.ts';

/** Bytes of memory of the containers `squid` and `agent` by default (src/proxy/pod-containers.ts). */
export const DEFAULT_MEMORY = 1 << 30;

/** What is measured goes ahead of other work on the machine, as on a node with processors to spare. */
export const AHEAD = ['nice', '-n', '-10'] as const;

/** A network namespace in which Squid with its relays, and the agent, have the memory of their containers. */
export class LimitedNetwork extends NetworkNamespace {
  readonly squid = new MemoryGroup(`${this.name}-squid`, DEFAULT_MEMORY);
  readonly agent = new MemoryGroup(`${this.name}-agent`, DEFAULT_MEMORY);

  override insideAsUser(...command: string[]): string[] {
    const group = command[0] === 'squid' ? this.squid : this.agent;
    const [network = '', ...rest] = super.insideAsUser(...command);
    return [network, 'sh', '-c', 'echo $$ > "$0"; exec "$@"', group.entrance, ...AHEAD, ...rest];
  }

  override remove(): void {
    super.remove();
    this.squid.remove();
    this.agent.remove();
  }
}
