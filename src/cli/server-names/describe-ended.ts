import type { TlsServerName } from '../../api/index.ts';
import type { EndedTunnels } from '../../rule-changes/index.ts';
import { formatCount } from '../output/index.ts';

/** `TARGET (FAULT), 3 tunnels of WORKLOADS`. */
export function describeEnded({ target, fault, count, owners, allowed }: EndedTunnels): string {
  const of = owners.length === 0 ? '' : ` of ${owners.join(' ')}`;
  return `${target} (${fault}${allowed ? '' : ', once a rule allows it'}), ${formatCount(count, 'tunnel')}${of}`;
}

/**
 * Notes about tunnels that do not begin with TLS for the name of their target, one line each. `setting`: what holds for the
 * namespace in enforce mode; undefined if it is not known.
 */
export function noteEnded(ended: readonly EndedTunnels[], setting: TlsServerName | undefined): string[] {
  return ended.map(
    (each) => `${does(setting)} ${describeEnded(each)}; docs/guide/server-names.md says what to do`,
  );
}

function does(setting: TlsServerName | undefined): string {
  if (setting === 'Enforce') return 'tlsServerName: Enforce ends tunnels in enforce mode:';
  const now = setting === undefined ? '' : `, and ${setting} lets them pass`;
  return `tlsServerName: Enforce would end tunnels${now}:`;
}
