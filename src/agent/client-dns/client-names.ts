import type { AskedName, OutsideNames } from '../../api/index.ts';
import type { ServedNamespace } from '../../injection/index.ts';
import type { Clock } from '../../time/index.ts';
import type { RefusalEvents } from '../decide/index.ts';
import type { ClientFinder, FoundClient } from '../identity/index.ts';
import { type PolicyState, podIdentity } from '../state/index.ts';
import { AskedRecords, type Asker } from './asked-records.ts';
import { explainOutsideName, outsideNames } from './outside-names.ts';

export interface ClientNamesOptions {
  policy: Pick<PolicyState, 'proxy' | 'namespace' | 'served' | 'ruleSetsOf'>;
  clients: Pick<ClientFinder, 'find' | 'findNow'>;
  events: Pick<RefusalEvents, 'record'>;
  clock: Clock;
}

const REASON = 'NameOutsideCluster';

/** Which names outside of the cluster a client gets, and which it asked for. */
export class ClientNames {
  readonly #options: ClientNamesOptions;
  /** The audit records of what was asked. */
  readonly records: AskedRecords;

  constructor(options: ClientNamesOptions) {
    const { clients, clock } = options;
    this.#options = options;
    this.records = new AskedRecords({ asker: (client) => this.#asker(clients.findNow(client)), clock });
  }

  /** Waits for a pod that the API does not show yet. */
  async of(client: string): Promise<OutsideNames> {
    const { policy, clients } = this.#options;
    const found = await clients.find(client);
    return outsideNames({
      found,
      served: this.#served(found),
      spec: policy.proxy?.spec ?? {},
      ruleSets: 'pod' in found ? policy.ruleSetsOf(found.pod.metadata.namespace) : [],
    });
  }

  asked(names: readonly AskedName[]): void {
    this.records.add(names);
    for (const { client, name } of names) this.#recordEvent(this.#options.clients.findNow(client), name);
  }

  /** One Event for each pod: the first name that was not resolved. */
  #recordEvent(found: FoundClient, name: string): void {
    if (!('pod' in found) || this.#asker(found).isObserved) return;
    this.#options.events.record(found.pod, REASON, REASON, explainOutsideName(name));
  }

  #asker(found: FoundClient): Asker {
    const served = this.#served(found);
    return {
      identity: 'pod' in found ? podIdentity(found.pod) : {},
      isObserved: served?.kind === 'served' && served.dns !== 'ClusterOnly',
    };
  }

  /** How the client's namespace is served; undefined for a client that is no pod, or whose namespace is unknown. */
  #served(found: FoundClient): ServedNamespace | undefined {
    const { policy } = this.#options;
    const namespace = 'pod' in found ? policy.namespace(found.pod.metadata.namespace) : undefined;
    return namespace && policy.served(namespace);
  }
}
