import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { ApiError, type KubeClient } from '../../../../src/kube/index.ts';
import type { ControlPlane } from '../control-plane.ts';
import { type Outcome, who } from './attempt.ts';
import type { RawAttempt } from './subresource-attempts.ts';

const flag = (args: readonly string[], name: string) =>
  args.filter((each) => each.startsWith(`--${name}=`)).map((each) => each.slice(name.length + 3));

/** Like `attempt`, by a request of its own instead of kubectl's. */
export async function attemptRaw(plane: ControlPlane, { who: by, request }: RawAttempt): Promise<Outcome> {
  const [user = ''] = flag(who[by], 'as');
  return raw(plane.as(user, flag(who[by], 'as-group')), request);
}

/** What the API server says to a tenant who runs a command in a container of the fixture `running`, which has no node. */
export async function enter(
  plane: ControlPlane,
  subresource: 'exec' | 'attach',
  container: string,
): Promise<string> {
  const [user = ''] = flag(who.tenant, 'as');
  const client = plane.as(user, flag(who.tenant, 'as-group'));
  const path = `/api/v1/namespaces/enforced/pods/running/${subresource}`;
  try {
    return await client.rawText(path, {
      method: 'POST',
      query: { container, command: 'true', stdout: true },
    });
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}

async function raw(client: KubeClient, { method, path, body }: RawAttempt['request']): Promise<Outcome> {
  try {
    const answer = await client.raw(path, {
      query: { dryRun: 'All' },
      method: method.toUpperCase() as 'PATCH' | 'PUT' | 'POST',
      body,
      ...(method === 'patch' && { contentType: 'application/merge-patch+json' }),
    });
    return { ok: true, text: JSON.stringify(answer) };
  } catch (error) {
    if (error instanceof ApiError) return { ok: false, text: error.message };
    throw error;
  }
}

/** The fixtures whose labels and annotations the guards protect, by their resource. */
const guarded: Record<string, { api: string; object: string }> = {
  namespaces: { api: '/api/v1', object: '/api/v1/namespaces/plain' },
  pods: { api: '/api/v1', object: '/api/v1/namespaces/enforced/pods/running' },
  services: { api: '/api/v1', object: '/api/v1/namespaces/egress-proxy/services/squid' },
  configmaps: { api: '/api/v1', object: '/api/v1/namespaces/leaving/configmaps/leaving' },
  deployments: { api: '/apis/apps/v1', object: '/apis/apps/v1/namespaces/egress-proxy/deployments/squid' },
  poddisruptionbudgets: {
    api: '/apis/policy/v1',
    object: '/apis/policy/v1/namespaces/egress-proxy/poddisruptionbudgets/squid',
  },
  horizontalpodautoscalers: {
    api: '/apis/autoscaling/v2',
    object: '/apis/autoscaling/v2/namespaces/egress-proxy/horizontalpodautoscalers/squid',
  },
  networkpolicies: {
    api: '/apis/networking.k8s.io/v1',
    object: '/apis/networking.k8s.io/v1/namespaces/enforced/networkpolicies/enforce-egress-proxy',
  },
};

/** The `resource/subresource` through which an administrator can write a label or an annotation of such an object. */
export async function writableSubresources(client: KubeClient): Promise<string[]> {
  const writable: string[] = [];
  for (const [resource, { api, object }] of Object.entries(guarded)) {
    const { resources } = await client.raw<{ resources: { name: string; verbs: string[] }[] }>(api);
    for (const { name, verbs } of resources) {
      const [parent, subresource] = name.split('/');
      if (parent !== resource || subresource === undefined) continue;
      const path = `${object}/${subresource}`;
      if (await isWritable(client, path, object, verbs)) writable.push(name);
    }
  }
  return writable;
}

const TRIED = { labels: { tried: 'yes' }, annotations: { tried: 'yes' } };

async function isWritable(
  client: KubeClient,
  path: string,
  object: string,
  verbs: readonly string[],
): Promise<boolean> {
  const wrote = ({ ok, text }: Outcome) => ok && text.includes('"tried":"yes"');
  if (verbs.includes('patch'))
    return wrote(await raw(client, { method: 'patch', path, body: { metadata: TRIED } }));
  if (!verbs.includes('update')) return false;
  const current = await client.raw<{ metadata: object }>(object);
  const body = { ...current, metadata: { ...current.metadata, ...TRIED } };
  return wrote(await raw(client, { method: 'put', path, body }));
}

/** Every `resource` and `resource/subresource` that a guard in the folder matches. */
export function guardedResources(folder: string): string[] {
  interface Policy {
    kind: string;
    spec: { matchConstraints?: { resourceRules: { resources: string[] }[] } };
  }
  const policies = readdirSync(folder)
    .flatMap((file) => parseAllDocuments(readFileSync(`${folder}${file}`, 'utf8')))
    .map((document) => document.toJS() as Policy);
  return policies.flatMap(
    ({ spec }) => spec.matchConstraints?.resourceRules.flatMap(({ resources }) => resources) ?? [],
  );
}
