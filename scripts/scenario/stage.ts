import type { ChapterRun } from './chapter.ts';

/** The image of the client pods: sh, curl, python3, and the CA of the internet simulator in its trust store. */
export const clientImage = process.env['EGRESS_CLIENT_IMAGE'] ?? 'localhost/egress-client:dev';

const LABEL = 'egress.zalando.org';

export interface Stage {
  namespace: string;
  mode?: 'enforce' | 'observe';
  annotations?: Record<string, string>;
  pods: { name: string; labels?: Record<string, string> }[];
}

function yamlMap(values: Record<string, string>): string {
  return `{${Object.entries(values)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(', ')}}`;
}

export function namespaceManifest({ namespace, mode, annotations = {} }: Omit<Stage, 'pods'>): string {
  const labels: Record<string, string> = { 'kube-egress.test/scenario': 'true' };
  if (mode !== undefined) labels[`${LABEL}/mode`] = mode;
  return `apiVersion: v1
kind: Namespace
metadata:
  name: ${namespace}
  labels: ${yamlMap(labels)}
  annotations: ${yamlMap(annotations)}
`;
}

export function podManifest(namespace: string, name: string, labels: Record<string, string> = {}): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: ${namespace}
  labels: ${yamlMap({ app: name, ...labels })}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: main
    image: ${clientImage}
    command: [sleep, infinity]
`;
}

/** A namespace with running client pods. What an earlier run left behind is removed first. */
export async function setStage(run: ChapterRun, stage: Stage): Promise<void> {
  const { namespace, pods } = stage;
  await run.sh(`kubectl delete namespace ${namespace} --ignore-not-found --timeout=60s`, {
    show: 0,
    timeoutSeconds: 70,
  });
  await run.apply(namespaceManifest(stage));
  // Pods can be made when it is there.
  await run.sh(`kubectl wait -n ${namespace} --for=create serviceaccount/default --timeout=50s`, {
    show: 0,
  });
  if (pods.length > 0) await startPods(run, namespace, pods);
}

export async function startPods(run: ChapterRun, namespace: string, pods: Stage['pods']): Promise<void> {
  for (const pod of pods) await run.apply(podManifest(namespace, pod.name, pod.labels), { show: 0 });
  const names = pods.map((pod) => `pod/${pod.name}`).join(' ');
  const ready = await run.sh(`kubectl wait -n ${namespace} --for=condition=Ready ${names} --timeout=60s`, {
    timeoutSeconds: 70,
  });
  run.check(`the pods of ${namespace} run`, ready.code === 0, ready.stderr);
}

export async function ruleSet(
  run: ChapterRun,
  namespace: string,
  name: string,
  targets: readonly string[],
  { show = 30 }: { show?: number } = {},
): Promise<void> {
  const list = targets.map((target) => `  - ${JSON.stringify(target)}`).join('\n');
  await run.apply(
    `apiVersion: zalando.org/v1
kind: EgressRuleSet
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  targets:
${list}
`,
    { show },
  );
  const waited = await run.sh(
    `kubectl wait -n ${namespace} --for=condition=Programmed egressruleset/${name} --timeout=30s`,
    { show, timeoutSeconds: 40 },
  );
  run.check(`${namespace}/${name} is programmed in every ready replica`, waited.code === 0, waited.stderr);
}

export const STATUS = `curl -sS -o /dev/null -m 10 -w '%{http_code}'`;

/** The status that curl sees; for a CONNECT that was refused, the proxy's own. */
export const CONNECT_STATUS = `curl -s -o /dev/null -m 10 -w '%{http_connect} %{http_code}'`;
