import { eventually, kubectl } from './client-pods.ts';

/** The part of `clientEnv` that is read back from an injected pod. */
export interface ClientEnv {
  java?: true;
  node?: true;
  transparent?: true;
}

const PROXY = 'egressproxy/squid -n egress-proxy';

/** `clientEnv` of the proxy that is installed. */
export async function readClientEnv(): Promise<object | undefined> {
  const { clientEnv } = JSON.parse(await kubectl(`get ${PROXY} -o jsonpath='{.spec}'`)) as {
    clientEnv?: object;
  };
  return clientEnv;
}

/** Replaces the field: a merge would keep what an earlier value set. */
export async function setClientEnv(clientEnv: object | undefined): Promise<void> {
  const merge = (value: object | null) =>
    kubectl(`patch ${PROXY} --type=merge -p '${JSON.stringify({ spec: { clientEnv: value } })}'`);
  await merge(null);
  if (clientEnv !== undefined) await merge(clientEnv);
}

/** Returns when new pods of the namespace, which has opted in, get what this `clientEnv` gives. */
export async function podsGetClientEnv(namespace: string, clientEnv: ClientEnv): Promise<void> {
  const wanted = JSON.stringify(clientEnv);
  const injected = await eventually(() => injectedClientEnv(namespace), wanted, 60);
  if (injected !== wanted) throw new Error(`pods get ${injected} instead of clientEnv ${wanted}`);
}

/** The `clientEnv` that a pod would get now, read from what is injected into it. */
async function injectedClientEnv(namespace: string): Promise<string> {
  const text = await kubectl(`run seen -n ${namespace} --image=x --dry-run=server -o json`);
  const { spec } = JSON.parse(text) as {
    spec: { containers: { env?: { name: string }[] }[]; initContainers?: object[] };
  };
  const has = (name: string) => spec.containers[0]?.env?.some((entry) => entry.name === name) ?? false;
  return JSON.stringify({
    ...(has('JAVA_TOOL_OPTIONS') && { java: true }),
    ...(has('NODE_USE_ENV_PROXY') && { node: true }),
    ...(spec.initContainers !== undefined && { transparent: true }),
  });
}
