import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_VERSION } from '../../src/api/index.ts';
import { KubeClient, loadCluster } from '../../src/kube/index.ts';
import type { FaultStage } from '../faults/fault.ts';
import { chooseFaults } from '../faults/faults.ts';
import { describeObserved, renderFaults, violationsOf } from '../faults/observed.ts';
import { ALLOWED, SteadyLoad } from '../faults/steady-load.ts';
import {
  apply,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  proxyIsAsBefore,
  removeNamespaces,
} from './support/client-pods.ts';
import { startLoadPod } from './support/load/load.ts';
import { startProxyFor } from './support/own-proxy.ts';

const chosen = chooseFaults(process.env['KUBE_EGRESS_FAULTS']);
const PLAIN: FaultStage = { namespace: 'faults', proxy: { namespace: 'egress-proxy', name: 'squid' } };
const FULL: FaultStage = { namespace: 'faults-full', proxy: { namespace: 'faults-proxy', name: 'full' } };
const needsFull = chosen.some(({ stage }) => stage === 'full');
const measured: { name: string; promise: string; measured: string }[] = [];
let client: KubeClient;

beforeAll(async () => {
  client = new KubeClient(await loadCluster({ kubeconfig: process.env['KUBECONFIG'] }));
  const { namespace } = PLAIN;
  await removeNamespaces(namespace);
  await makeNamespace({ namespace, mode: 'enforce' });
  const metadata = { name: 'rules', namespace };
  await apply({ apiVersion: API_VERSION, kind: 'EgressRuleSet', metadata, spec: { targets: [ALLOWED] } });
  await kubectl(`wait -n ${namespace} --for=condition=Programmed egressruleset/rules --timeout=30s`);
  await startLoadPod(namespace);
  if (!needsFull) return;
  const spec = { replicas: 2, dns: 'ClusterOnly', tlsServerName: 'Report' };
  await startProxyFor([FULL.namespace], [ALLOWED], FULL.proxy, spec);
  await startLoadPod(FULL.namespace);
});

afterAll(async () => {
  await client?.close();
  await leaveNamespaces(PLAIN.namespace, ...(needsFull ? [FULL.namespace, FULL.proxy.namespace] : []));
  await proxyIsAsBefore();
  process.stdout.write(`\n${renderFaults(measured)}\n`);
});

describe.each(chosen)('$name, while requests are made and pods and rule sets admitted', (fault) => {
  test(
    fault.promise,
    async () => {
      const stage = fault.stage === 'full' ? FULL : PLAIN;
      await using load = await SteadyLoad.start(stage, client);
      const more = await fault.make(stage);
      const observed = await load.end();
      measured.push({ ...fault, measured: describeObserved(observed, more) });
      expect(violationsOf(observed, fault.except), JSON.stringify(observed)).toEqual([]);
    },
    fault.limitMs ?? 600_000,
  );
});
