import { label, type Mode } from '../../api/index.ts';
import { isResolved, resolvedNames } from '../../injection/index.ts';
import { type KubeClient, listAllowed, pathOf, resources } from '../../kube/index.ts';
import {
  endedTunnels,
  type ObservedTarget,
  observedNames,
  simulateChange,
  uncheckedTunnels,
} from '../../rule-changes/index.ts';
import { type GatheredRules, gatherRules, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Flag, type Invocation } from '../command-line/index.ts';
import { checkNamespace } from '../doctor/index.ts';
import type { Io } from '../io.ts';
import { formatCount } from '../output/index.ts';
import { describeEnded, noteEnded } from '../server-names/index.ts';
import { problemsOf } from '../status/index.ts';
import { noteGaps } from './note-gaps.ts';
import { readObserved, sinceFlag, sinceOf } from './observed.ts';

const dryRunFlag: Flag = {
  name: 'dry-run',
  about: 'The API server validates the change, and nothing is stored.',
};

export const enable: Command = {
  name: 'enable',
  summary: 'Put a namespace into observe or enforce mode, after a look at what that would break',
  description: `Sets the mode of a namespace. Before a switch to enforce mode it replays what the namespace requested in the
    last day and looks at its pods, and refuses the switch, with the targets, if that traffic would be refused, if names
    would no longer be resolved (dns: ClusterOnly), if tunnels would be ended (tlsServerName: Enforce), if pods run without the variables or on the host network, or if nothing
    was observed. --force switches anyway. What kubectl egress
    doctor warns of in the namespace is printed.

    To go back is one command and takes effect immediately: kubectl egress enable NAMESPACE --mode observe.`,
  examples: [
    ['Begin: pods use the proxy, and nothing is refused', 'kubectl egress enable shop --mode observe'],
    ['What enforce mode would break', 'kubectl egress enable shop --mode enforce --dry-run'],
    ['Enforce', 'kubectl egress enable shop --mode enforce'],
  ],
  usage: 'NAMESPACE --mode MODE',
  args: { least: 1, most: 1 },
  flags: [
    { name: 'mode', value: 'MODE', choices: ['observe', 'enforce'], about: 'The mode. Default: observe.' },
    { ...sinceFlag, about: 'How far back the traffic is replayed, such as 36h or 7d. Default: 24h.' },
    { name: 'force', about: 'Switches to enforce mode although that breaks traffic.' },
    dryRunFlag,
  ],
  online: true,
  run: (invocation) => {
    const [namespace = ''] = invocation.args;
    const mode = invocation.text('mode') === 'enforce' ? 'enforce' : 'observe';
    return withCluster(invocation, async ({ client }) => {
      const gathered = await gatherRules(client, namespace);
      noteGaps(invocation.io, gathered.gaps);
      if (isBlocked(invocation, gathered)) return exit.no;
      if (mode === 'enforce' && !(await mayEnforce(invocation, client, gathered))) return exit.no;
      await setMode(invocation, client, { namespace, mode, before: gathered.rules.mode });
      if (mode === 'observe' && gathered.rules.mode === 'none')
        invocation.io.note(
          `note: pods get the variables when they are created: kubectl rollout restart deployment -n ${namespace}\n`,
        );
      return exit.ok;
    });
  },
};

export const disable: Command = {
  name: 'disable',
  summary: 'Take a namespace out of the control of kube-egress',
  description: `Sets the mode of a namespace to none: its NetworkPolicy is removed, and new pods get no variables. Pods that
    run keep their variables, and the proxy refuses them (ClientNotServed) until they are restarted. To stop refusals without
    a restart, use kubectl egress enable NAMESPACE --mode observe instead.`,
  examples: [
    ['Take a namespace out', 'kubectl egress disable shop && kubectl rollout restart deployment -n shop'],
  ],
  usage: 'NAMESPACE',
  args: { least: 1, most: 1 },
  flags: [dryRunFlag],
  online: true,
  run: (invocation) => {
    const [namespace = ''] = invocation.args;
    return withCluster(invocation, async ({ client }) => {
      const gathered = await gatherRules(client, namespace);
      if (isBlocked(invocation, gathered)) return exit.no;
      await setMode(invocation, client, { namespace, mode: 'none', before: gathered.rules.mode });
      invocation.io.note(
        `note: restart the pods that run: kubectl rollout restart deployment -n ${namespace}\n`,
      );
      return exit.ok;
    });
  },
};

/** A block is an operator's, for an incident: no other command ends it. */
function isBlocked({ io }: Invocation, { rules: { namespace, mode } }: GatheredRules): boolean {
  if (mode !== 'blocked') return false;
  io.note(
    `error: ${namespace} is blocked, and this command does not end a block: the condition Enforced of its EgressActivity says who set it; to end it: kubectl label namespace ${namespace} ${label.mode}=enforce --overwrite\n`,
  );
  return true;
}

/** Prints what a switch to enforce mode would break. True if that is nothing, or with --force. */
async function mayEnforce(
  invocation: Invocation,
  client: KubeClient,
  gathered: GatheredRules,
): Promise<boolean> {
  const { io, has } = invocation;
  const findings = [...findObstacles(invocation, gathered), ...(await examine(invocation, client, gathered))];
  for (const finding of findings) io.note(`${finding}\n`);
  noteTunnels(invocation, gathered);
  if (findings.length === 0) return true;
  const { namespace } = gathered.rules;
  io.note(
    has('force')
      ? `note: enforced anyway; to go back: kubectl egress enable ${namespace} --mode observe\n`
      : `error: ${namespace} was not switched to enforce mode: see kubectl egress suggest -n ${namespace}, or use --force\n`,
  );
  return has('force');
}

const DAY = '24h';

/** How far back the traffic is replayed: a day without --since. */
function trafficOf(invocation: Invocation): Pick<Invocation, 'io' | 'text'> {
  return {
    io: invocation.io,
    text: (flag) => invocation.text(flag) ?? (flag === 'since' ? DAY : undefined),
  };
}

/** Says what `Report` lets pass, and with `Enforce` of which tunnels the check of server names has not been seen. */
function noteTunnels(invocation: Invocation, { rules, activity, tlsServerName }: GatheredRules): void {
  const since = sinceOf(trafficOf(invocation));
  const targets = activity?.status?.targets ?? [];
  if (tlsServerName === 'Report')
    noteGaps(invocation.io, noteEnded(endedTunnels(rules, targets, since), tlsServerName));
  if (tlsServerName === 'Enforce') noteUnchecked(invocation.io, uncheckedTunnels(rules, targets, since));
}

function noteUnchecked(io: Io, unchecked: readonly ObservedTarget[]): void {
  if (unchecked.length === 0) return;
  const targets = unchecked.map(({ target }) => target).join(' ');
  io.note(
    `note: whether tunnels begin with TLS for their name (tlsServerName: Enforce) is not known of ${targets}: all their requests were refused; look again when they have been requested since\n`,
  );
}

function findObstacles(invocation: Invocation, gathered: GatheredRules): string[] {
  const { rules, activity } = gathered;
  if (activity === undefined)
    return [
      `nothing was observed in ${rules.namespace}: begin with kubectl egress enable ${rules.namespace} --mode observe`,
    ];
  const traffic = trafficOf(invocation);
  const observed = readObserved(activity, rules.namespace, traffic);
  const broken = simulateChange(rules, { put: [] }, observed).filter(
    ({ outcome }) => outcome === 'newlyRefused',
  );
  const pods = problemsOf(activity).filter(({ type }) => type === 'Injected');
  return [
    ...broken.map(
      ({ observed: { target, count, owners }, after }) =>
        `would be refused: ${target} (${after.reason}), ${formatCount(count, 'request')} of ${owners.join(' ')}`,
    ),
    ...findEnded(gathered, sinceOf(traffic)),
    ...findUnresolved(gathered, sinceOf(traffic)),
    ...pods.map(({ message }) => `would lose their connections: ${message}`),
  ];
}

/** Tunnels that are no TLS for the name of their target: allowed ones, and those that a rule would allow. */
function findEnded({ rules, activity, tlsServerName }: GatheredRules, since: string): string[] {
  if (tlsServerName !== 'Enforce') return [];
  return endedTunnels(rules, activity?.status?.targets ?? [], since).map(
    (ended) =>
      `would be ended: ${describeEnded(ended)}; kubectl egress logs -n ${rules.namespace} --refused shows their server names, docs/guide/server-names.md what to do`,
  );
}

/** Names that pods looked up, and that closed DNS does not resolve in enforce mode. */
function findUnresolved({ rules, activity, dns }: GatheredRules, since: string): string[] {
  if (dns !== 'ClusterOnly') return [];
  const own = rules.ruleSets.filter(({ metadata }) => metadata.namespace === rules.namespace);
  const allowed = resolvedNames(rules.proxy?.spec ?? {}, own);
  return observedNames(activity?.status?.targets ?? [], since)
    .map((observed) => ({ ...observed, name: observed.target.replace(/:53$/, '') }))
    .filter(({ name }) => !isResolved(name, allowed))
    .map(
      ({ name, count, owners }) =>
        `would not be resolved: ${name} (dns: ClusterOnly), ${formatCount(count, 'query', 'queries')} of ${owners.join(' ')}; if they connect without the proxy, it needs a directTarget or dnsAllow`,
    );
}

/** The doctor's faults of the namespace as it would be in enforce mode; its warnings are only printed. */
async function examine(
  { io }: Invocation,
  client: KubeClient,
  { rules, activity, tlsServerName = 'Ignore' }: GatheredRules,
): Promise<string[]> {
  const pods = await listAllowed(client, resources.pods, rules.namespace);
  const served = [{ rules: { ...rules, mode: 'enforce' as const }, activity, tlsServerName, pods }];
  const findings = checkNamespace({ served, now: io.now() });
  for (const { code, severity, message } of findings)
    if (severity === 'warning') io.note(`warning: ${code}: ${message}\n`);
  return findings
    .filter(({ severity }) => severity === 'fault')
    .map(({ code, message }) => `${code}: ${message}`);
}

interface ModeChange {
  namespace: string;
  mode: Mode;
  before: Mode;
}

async function setMode(
  { io, has }: { io: Io; has: Invocation['has'] },
  client: KubeClient,
  { namespace, mode, before }: ModeChange,
): Promise<void> {
  const dryRun = has('dry-run');
  await client.raw(pathOf(resources.namespaces, { name: namespace }), {
    method: 'PATCH',
    contentType: 'application/merge-patch+json',
    body: { metadata: { labels: { [label.mode]: mode } } },
    query: { dryRun: dryRun ? 'All' : undefined, fieldManager: 'kubectl-egress' },
  });
  io.print(
    `namespace/${namespace} labeled ${label.mode}=${mode} (was ${before})${dryRun ? ' (server dry run)' : ''}\n`,
  );
}
