import { bash } from '../../../scripts/scenario/shell.ts';
import { apply, inPod, kubectl, makeProxy, startPods } from './client-pods.ts';

export interface ProxyAddress {
  namespace: string;
  name: string;
}

/** Starts a proxy of its own and enforced namespaces with one pod `api` each. Returns the address of its Service. */
export async function startProxyFor(
  namespaces: readonly string[],
  targets: readonly string[],
  proxy: ProxyAddress,
  spec: object,
): Promise<string> {
  await makeProxy(proxy, spec);
  for (const namespace of namespaces) {
    await startPods({ namespace, mode: 'enforce', pods: [{ name: 'api' }] });
    await kubectl(`label namespace ${namespace} egress.zalando.org/proxy=${proxy.namespace}.${proxy.name}`);
  }
  const programmed = `egressproxy/${proxy.name} --for=condition=Programmed --timeout=120s`;
  await kubectl(`wait -n ${proxy.namespace} ${programmed}`, '', 130);
  for (const namespace of namespaces) {
    const metadata = { name: 'rules', namespace };
    await apply({ apiVersion: 'zalando.org/v1', kind: 'EgressRuleSet', metadata, spec: { targets } });
    await kubectl(`wait -n ${namespace} --for=condition=Programmed egressruleset/rules --timeout=60s`);
  }
  const service = `get service ${proxy.name} -n ${proxy.namespace} -o jsonpath={.spec.clusterIP}`;
  return (await kubectl(service)).trim();
}

/** Names of the proxy's pods. */
export async function podsOf({ namespace, name }: ProxyAddress): Promise<string[]> {
  const list = `get pods -n ${namespace} -l app=${name} -o jsonpath='{.items[*].metadata.name}'`;
  return (await kubectl(list)).trim().split(' ');
}

/** Exit code of a process that was ended by SIGKILL. */
const KILLED = 137;

type SendSignal = (namespace: string, pod: string, signal: string) => Promise<void>;

/** Sends a signal to processes of the container `squid`: those for which the shell expression holds. */
function signalWhere(expression: string): SendSignal {
  return async (namespace, pod, signal) => {
    const script = `for p in /proc/[0-9]*; do read -r name < $p/comm; arguments=$(tr "\\0" " " < $p/cmdline); ${expression} && kill -${signal} \${p#/proc/}; done; true`;
    const { code, stderr } = await bash(`kubectl exec -n ${namespace} ${pod} -c squid -- sh -c '${script}'`);
    // The end of Squid ends its container, and the shell in it, now and then before that has ended by itself.
    if (code !== 0 && code !== KILLED) throw new Error(stderr);
  };
}

/** To the process `squid` of the proxy pod, and not to its relays. */
export const signalSquid = signalWhere('[ "$name" = squid ]');

/** To Squid's helper that carries ACL requests, and to its log daemon. */
export const signalRelay = signalWhere(
  'case "$name $arguments" in "relay "*" acl "*) true;; *) false;; esac',
);
export const signalLogRelay = signalWhere(
  'case "$name $arguments" in "relay "*" log "*) true;; *) false;; esac',
);

/** Sends a signal to the agent or the gate of a proxy pod, and not to its supervisor, which is process 1. */
export const [signalAgent, signalGate] = ['agent', 'gate'].map(
  (container) =>
    async (namespace: string, pod: string, signal: string): Promise<void> => {
      // kill ends the shell's own connection together with the process, now and then.
      await bash(`kubectl exec -n ${namespace} ${pod} -c ${container} -- sh -c 'kill -${signal} -1'`);
    },
) as [SendSignal, SendSignal];

/** What a Python script prints in a client pod, or what it says when it fails. */
export async function python(pod: string, script: string, timeoutSeconds = 60): Promise<string> {
  const { stdout, stderr } = await inPod(pod, `python3 - <<'END'\n${script}\nEND`, timeoutSeconds);
  return stdout.trim() || stderr.trim();
}
