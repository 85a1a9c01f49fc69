import { setTimeout as sleep } from 'node:timers/promises';
import { bash, type Outcome } from '../../../scripts/scenario/shell.ts';
import { clientImage, namespaceManifest, podManifest, type Stage } from '../../../scripts/scenario/stage.ts';

/** Throws unless the command succeeds. */
export async function kubectl(args: string, input = '', timeoutSeconds = 90): Promise<string> {
  const ran = await bash(`kubectl ${args}`, { input, timeoutSeconds });
  if (ran.code !== 0) throw new Error(`kubectl ${args}: ${ran.stderr}`);
  return ran.stdout;
}

export async function apply(object: object): Promise<void> {
  await kubectl('apply -f -', JSON.stringify(object));
}

/** Gives the controller the rights that it needs in the namespace of an EgressProxy, as its condition asks for it. */
export async function letRunProxies(namespace: string): Promise<void> {
  await kubectl(
    `create rolebinding kube-egress-controller -n ${namespace} --clusterrole=kube-egress-proxies --serviceaccount=kube-egress-system:kube-egress-controller --dry-run=client -o yaml | kubectl apply -f -`,
  );
}

/** An EgressProxy in a new namespace of its own, which may dial the internet simulator. Does not wait for its pods. */
export async function makeProxy(
  { namespace, name }: { namespace: string; name: string },
  spec: object = {},
): Promise<void> {
  await removeNamespaces(namespace);
  await kubectl(`create namespace ${namespace}`);
  await letRunProxies(namespace);
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressProxy',
    metadata: { name, namespace },
    spec: { replicas: 1, privateDestinations: 'Allow', privateCIDRs: ['203.0.113.0/24'], ...spec },
  });
}

/** Waits until they are gone, for a test that creates them again. */
export async function removeNamespaces(...namespaces: string[]): Promise<void> {
  await bash(`kubectl delete namespace ${namespaces.join(' ')} --ignore-not-found --timeout=60s`, {
    timeoutSeconds: 70,
  });
}

/** Does not wait: for who is done with them. */
export async function leaveNamespaces(...namespaces: string[]): Promise<void> {
  await bash(`kubectl delete namespace ${namespaces.join(' ')} --ignore-not-found --wait=false`);
}

/** A new namespace. Returns when pods can be made in it, which takes a ServiceAccount that comes a moment later. */
export async function makeNamespace(namespace: Omit<Stage, 'pods'>): Promise<void> {
  await kubectl('apply -f -', namespaceManifest(namespace));
  await takesPods(namespace.namespace);
}

/** Returns when pods can be made in the namespace. */
export async function takesPods(namespace: string): Promise<void> {
  await kubectl(`wait -n ${namespace} --for=create serviceaccount/default --timeout=60s`);
}

/** A namespace and its pods, running. What an earlier run left behind goes first. */
export async function startPods(stage: Stage): Promise<void> {
  const { namespace, pods } = stage;
  await removeNamespaces(namespace);
  await makeNamespace(stage);
  for (const { name, labels } of pods) await kubectl('apply -f -', podManifest(namespace, name, labels));
  if (pods.length > 0) await kubectl(`wait -n ${namespace} --for=condition=Ready pod --all --timeout=60s`);
}

/** A Deployment of one client pod, running, in a namespace that exists. */
export async function startDeployment(namespace: string, name: string): Promise<void> {
  const labels = { app: name };
  const container = { name: 'main', image: clientImage, command: ['sleep', 'infinity'] };
  await apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } },
    },
  });
  await rolledOut(namespace, name);
}

/** Returns when all pods of a Deployment are those of its newest template. */
export async function rolledOut(namespace: string, deployment: string): Promise<void> {
  await kubectl(`rollout status -n ${namespace} deployment/${deployment} --timeout=60s`);
}

/** `pod`: `namespace/name`, or `namespace/deployment/name` for the first pod of a Deployment. */
export function inPod(pod: string, command: string, timeoutSeconds = 30): Promise<Outcome> {
  const [namespace, ...name] = pod.split('/');
  const quoted = `'${command.replaceAll("'", `'\\''`)}'`;
  return bash(`kubectl exec -n ${namespace} ${name.join('/')} -- sh -c ${quoted}`, { timeoutSeconds });
}

/** What comes of one message to an echo server: `echo`, or how it ended. The pod waits three seconds. */
export async function echo(
  pod: string,
  protocol: 'TCP' | 'UDP',
  host: string,
  port: number,
): Promise<string> {
  const kind = protocol === 'TCP' ? 'SOCK_STREAM' : 'SOCK_DGRAM';
  const script = [
    'import socket',
    'try:',
    `  family, kind, _, _, address = socket.getaddrinfo("${host}", ${port}, type=socket.${kind})[0]`,
    '  s = socket.socket(family, kind)',
    '  s.settimeout(3)',
    '  s.connect(address); s.sendall(b"echo"); print(s.recv(9).decode())',
    'except OSError as e: print(type(e).__name__)',
  ].join('\n');
  const { stdout, stderr } = await inPod(pod, `python3 -c '${script}'`);
  return stdout.trim() || stderr.trim();
}

/** Of the proxy that is installed: its pods are of its newest generation and decide by it, those of before are going. */
export async function proxyIsSettled(): Promise<void> {
  const proxy = '-n egress-proxy egressproxy/squid';
  await kubectl(`wait ${proxy} --for=condition=Programmed --timeout=150s`, '', 160);
}

/** As `proxyIsSettled`, and gives those of before the time to go: for who leaves the installation to the next file. */
export async function proxyIsAsBefore(): Promise<void> {
  await proxyIsSettled();
  const going = () =>
    kubectl('get pods -n egress-proxy -l app=squid -o jsonpath={.items[*].metadata.deletionTimestamp}');
  await eventually(going, '', 100);
}

/** Asks until the answer is the expected one, and gives the last one back. */
export async function eventually<T>(ask: () => Promise<T>, expected: T, limitSeconds = 30): Promise<T> {
  const end = Date.now() + limitSeconds * 1000;
  let answer = await ask();
  while (answer !== expected && Date.now() < end) {
    await sleep(500);
    answer = await ask();
  }
  return answer;
}

/** `<status> <reason>` of a condition, `resource` as kubectl takes it. */
export async function condition(namespace: string, resource: string, type: string): Promise<string> {
  const path = `{range .status.conditions[?(@.type=="${type}")]}{.status} {.reason}{end}`;
  const { stdout } = await bash(`kubectl get -n ${namespace} ${resource} -o jsonpath='${path}'`);
  return stdout;
}
