/** The GKE article's system, whole: a parent on VMs, an alias, nothing directly. The VMs are those of local/vm.sh. */
import { alias } from './alias.ts';
import { bothLists } from './both-lists.ts';
import { failOver } from './fail-over.ts';
import { inUse } from './in-use.ts';
import { logs } from './logs.ts';
import { manifests } from './manifests.ts';
import { throughTheParent } from './through-the-parent.ts';

export const gkeScenario = [manifests, alias, throughTheParent, bothLists, failOver, logs, inUse];

/** The namespaces that the chapters make; the proxy's own goes last. */
export const gkeNamespaces = ['api', 'intra-proxy'];
