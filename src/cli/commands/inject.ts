import jsonPatch from 'fast-json-patch';
import { stringify } from 'yaml';
import { API_VERSION, annotation, label } from '../../api/index.ts';
import { diffToPatch } from '../../injection/index.ts';
import { type KubeClient, type KubeObject, type Pod, pathOf, resources } from '../../kube/index.ts';
import { type Connection, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation, UsageError } from '../command-line/index.ts';
import { withoutTokenVolume } from '../inject/index.ts';
import { readManifest } from '../lint/index.ts';
import { filenameFlag, readFiles } from './read-files.ts';

export const inject: Command = {
  name: 'inject',
  summary: 'Show what the webhook would add to the pods of a manifest',
  description: `Prints the objects of the files with their pods as the webhook of the cluster changes them. It creates each
    pod as a dry run, once as it is and once opted out, and adds the difference, so that the result is that of the installed
    version with the cluster's Services and namespaces (NO_PROXY has their names), and nothing of other webhooks.

    It is for review: apply the manifest itself, not the result, which would keep today's NO_PROXY. You need the right to
    create pods in the namespace.`,
  examples: [
    ['Review a Deployment', 'kubectl egress inject -n my-app -f deployment.yaml | diff deployment.yaml -'],
    ['Of what runs', 'kubectl get deployment api -o yaml | kubectl egress inject -f -'],
  ],
  usage: '-f FILE...',
  flags: [filenameFlag],
  online: true,
  run: async (invocation) => {
    const files = await readFiles(invocation);
    const objects = files.flatMap((file) =>
      readManifest(file).objects.map(({ object }) => object as Partial<KubeObject>),
    );
    return withCluster(invocation, (connection) => run(invocation, connection, objects));
  },
};

async function run(
  invocation: Invocation,
  connection: Connection,
  objects: readonly Partial<KubeObject>[],
): Promise<number> {
  const { io } = invocation;
  const printed: string[] = [];
  for (const object of objects) {
    const path = podPathOf(object);
    if (path !== undefined) io.note(`note: ${await injectInto(object, path, connection)}\n`);
    printed.push(stringify(object, { aliasDuplicateObjects: false }));
  }
  io.print(printed.join('---\n'));
  return exit.ok;
}

/** Where a kind has its pod: undefined for a kind without pods. */
const podPaths: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

function podPathOf({ kind = '', apiVersion }: Partial<KubeObject>): readonly string[] | undefined {
  return apiVersion !== API_VERSION && Object.hasOwn(podPaths, kind) ? podPaths[kind] : undefined;
}

/** Changes the pod within the object. Returns what was done, for a person. */
async function injectInto(
  object: Partial<KubeObject>,
  path: readonly string[],
  { client, namespace: current }: Connection,
): Promise<string> {
  const title = `${object.kind} ${object.metadata?.name ?? ''}`;
  let pod: unknown = object;
  for (const key of path) pod = (pod as Record<string, unknown> | undefined)?.[key];
  if (pod === undefined) throw new UsageError(`${title} has no ${path.join('.')}`);
  const namespace = object.metadata?.namespace ?? current;
  const [plain, injected] = await Promise.all([
    dryRun(client, namespace, optedOut(pod as PodTemplate)),
    dryRun(client, namespace, pod as PodTemplate),
  ]);
  const patch = diffToPatch(plain, injected);
  if (patch.length === 0)
    return `${title}: the webhook of the cluster changes nothing in namespace ${namespace}`;
  const target = pod as PodTemplate;
  target.metadata ??= {};
  target.metadata.annotations ??= {};
  jsonPatch.applyPatch(target, patch);
  return `${title}: injected ${injected.metadata.annotations[annotation.injected] ?? ''}`.trimEnd();
}

interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: Partial<NonNullable<Pod['spec']>>;
}

function optedOut({ metadata = {}, ...pod }: PodTemplate): PodTemplate {
  return { ...pod, metadata: { ...metadata, labels: { ...metadata.labels, [label.inject]: 'false' } } };
}

/** The pod as it would be stored: what the webhook changes of it. */
async function dryRun(client: KubeClient, namespace: string, { metadata = {}, spec }: PodTemplate) {
  const { labels, annotations } = metadata;
  const stored = await client.raw<Pod>(pathOf(resources.pods, { namespace }), {
    method: 'POST',
    query: { dryRun: 'All' },
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'kubectl-egress-inject-', namespace, labels, annotations },
      spec,
    },
  });
  return {
    metadata: { annotations: stored.metadata.annotations ?? {} },
    spec: stored.spec && withoutTokenVolume(stored.spec, spec),
  };
}
