/** The agent of `test/integration/support/squid/squid-stage.ts`: the real one, but what it knows comes from its parent over IPC. */
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { assembleAgent, type ClientPod, trimPod } from '../../../../src/agent/index.ts';
import type {
  ClusterEgressRuleSet,
  EgressProxy,
  EgressRuleSet,
  EgressTargetGroup,
} from '../../../../src/api/index.ts';
import { FakeReflector } from '../../../../src/cluster/fake-reflector.ts';
import { type CachedNamespace, trimNamespace, trimRuleSet } from '../../../../src/cluster/index.ts';
import type { KubeObject, Namespace, Pod } from '../../../../src/kube/index.ts';
import { createLogger, createMetrics } from '../../../../src/telemetry/index.ts';
import { systemClock } from '../../../../src/time/index.ts';
import { NAMESERVER } from './addresses.ts';
import { answerParent } from './ipc-process.ts';
import { watchRuleSets } from './watch-rule-sets.ts';

export type AgentMessage =
  | { objects: KubeObject[]; reachable: boolean }
  | { apply: KubeObject }
  | { remove: KubeObject }
  /** The URL of an API server whose rule sets are added. */
  | { watch: string }
  | 'upstreams'
  | 'squidReadiness'
  | 'metrics';

const sources = {
  pods: new FakeReflector<ClientPod>(),
  namespaces: new FakeReflector<CachedNamespace>(),
  egressRuleSets: new FakeReflector<EgressRuleSet>(),
  clusterEgressRuleSets: new FakeReflector<ClusterEgressRuleSet>(),
  egressTargetGroups: new FakeReflector<EgressTargetGroup>(),
  egressProxies: new FakeReflector<EgressProxy>(),
};
const byKind: Record<string, Pick<FakeReflector<never>, 'set' | 'delete'>> = {
  Pod: sources.pods,
  Namespace: sources.namespaces,
  EgressRuleSet: sources.egressRuleSets,
  ClusterEgressRuleSet: sources.clusterEgressRuleSets,
  EgressTargetGroup: sources.egressTargetGroups,
  EgressProxy: sources.egressProxies,
};

function trim(object: KubeObject): never {
  if (object.kind === 'Pod') return trimPod(object as Pod) as never;
  if (object.kind.endsWith('EgressRuleSet')) return trimRuleSet(object as EgressRuleSet) as never;
  return (object.kind === 'Namespace' ? trimNamespace(object as Namespace) : object) as never;
}

const [, , folder = '', accessLog, upstreams = '[]'] = process.argv;
const metrics = createMetrics();
const agent = assembleAgent({
  settings: {
    proxy: 'egress-proxy/squid',
    productNamespace: 'kube-egress-system',
    podName: 'squid-0',
    podIP: '10.244.0.2',
    socketPath: join(folder, 'run', 'agent.sock'),
    logDir: join(folder, 'run', 'log'),
    accessLog: (accessLog || undefined) as 'json' | 'squid' | 'combined' | undefined,
    accessLogDir: join(folder, 'run', `files-${accessLog}`),
    accessLogFileSize: 64 << 20,
    accessLogMaxSize: 1 << 30,
    goAccessDir: undefined,
    stateDir: join(folder, 'state'),
    closerSocket: join(folder, 'closer.sock'),
    clientDnsSocket: join(folder, 'client-dns.sock'),
    certDir: join(folder, 'tls'),
    telemetryPort: 8081,
    apiPort: 8444,
    dnsListen: '127.0.0.1:53',
    dnsUpstream: [`${NAMESERVER}:53`],
    upstreams: JSON.parse(upstreams),
    kubeconfig: undefined,
    logLevel: 'info',
  },
  proxy: { namespace: 'egress-proxy', name: 'squid' },
  credentialsFolder: join(folder, 'credentials'),
  authoritiesFolder: folder,
  sources,
  recorder: {
    record: (regarding, _type, reason, message) => {
      process.stderr.write(`event ${regarding.metadata.name} ${reason}: ${message}\n`);
    },
  },
  access: {
    generations: { review: async () => 'granted' },
    flows: { review: async () => 'granted' },
  },
  metrics,
  clock: systemClock,
  log: createLogger({ component: 'agent' }),
  auditFd: 1,
});

function set(object: KubeObject): void {
  byKind[object.kind]?.set(trim(object));
}

answerParent(async (message: AgentMessage) => {
  if (message === 'upstreams') return agent.upstreams();
  if (message === 'squidReadiness') return agent.squidReadiness();
  if (message === 'metrics') return metrics.registry.metrics();
  if ('apply' in message) return set(message.apply);
  if ('remove' in message) return byKind[message.remove.kind]?.delete(trim(message.remove));
  if ('watch' in message) {
    void watchRuleSets(message.watch, (type, ruleSet) => {
      sources.egressRuleSets[type === 'DELETED' ? 'delete' : 'set'](ruleSet);
    });
    return true;
  }
  if (message.reachable) {
    message.objects.forEach(set);
    for (const source of Object.values(sources)) source.sync();
  }
  await agent.start();
  // A killed one would leave nothing.
  flushCompileCache();
  return true;
});
process.on('SIGTERM', async () => {
  await agent.stop();
  process.exit(0);
});
