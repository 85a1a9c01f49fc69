import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { applyPatch, deepClone } from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { EgressProxy } from '../api/index.ts';
import {
  buildProxyVariables,
  catalogProxies,
  computeNoProxy,
  diffToPatch,
  type InjectionPlan,
  type NamespaceView,
  peersOf,
  planInjection,
  resolveMode,
} from './index.ts';
import type { Pod } from './pod.ts';

/**
 * A pod in its context → the patch. `UPDATE_GOLDENS=1 npm run test:unit -- src/injection` writes them again; without it
 * a patch that differs from its file fails here.
 */
const goldens = new URL('../../test/goldens/injection/', import.meta.url);

interface Context {
  namespace: NamespaceView;
  proxy: EgressProxy;
  services: string[];
  serviceAddress: string;
}

const read = (name: string) => readFileSync(new URL(name, goldens), 'utf8');

function plan(pod: Pod, oldPod: Pod | undefined, context: Context): InjectionPlan {
  const { namespace, proxy, services, serviceAddress } = context;
  const served = resolveMode(namespace, catalogProxies([proxy]), { productNamespace: 'kube-egress-system' });
  const noProxy = computeNoProxy({
    discovered: proxy.status?.discovered,
    proxyExtras: proxy.spec.noProxy ?? [],
    annotations: [namespace.metadata.annotations?.['egress.zalando.org/no-proxy']],
    peers: peersOf(pod, () => false),
    serviceNames: services,
    headlessNames: [],
    namespaceNames: [],
    needed: new Set(),
  });
  return planInjection({
    pod,
    oldPod,
    served,
    variables: () => buildProxyVariables(proxy, noProxy, serviceAddress, namespace),
  });
}

const cases = readdirSync(goldens).map((name) => ({
  name,
  pod: parse(read(`${name}/pod.yaml`)) as Pod,
  oldPod: existsSync(new URL(`${name}/old-pod.yaml`, goldens))
    ? (parse(read(`${name}/old-pod.yaml`)) as Pod)
    : undefined,
  context: parse(read(`${name}/context.yaml`)) as Context,
}));

describe('planInjection, golden patches', () => {
  it.each(cases)('$name', ({ name, pod, oldPod, context }) => {
    const before = deepClone(pod);
    const outcome = plan(pod, oldPod, context);
    const shown = outcome.kind === 'skip' ? { skip: outcome.reason } : diffToPatch(pod, outcome.pod);
    const text = `${JSON.stringify(shown, null, 2)}\n`;
    if (process.env['UPDATE_GOLDENS']) writeFileSync(new URL(`${name}/patch.json`, goldens), text);
    expect(text).toBe(read(`${name}/patch.json`));
    expect(pod).toEqual(before);
  });

  it.each(cases)('$name: applied, it is what was planned, and a second call adds nothing', (golden) => {
    const first = plan(golden.pod, golden.oldPod, golden.context);
    if (first.kind === 'skip') return;
    const { newDocument } = applyPatch(deepClone(golden.pod), diffToPatch(golden.pod, first.pod));
    expect(newDocument).toEqual(first.pod);
    expect(plan(newDocument as Pod, golden.oldPod, golden.context)).toMatchObject({ kind: 'skip' });
  });
});
