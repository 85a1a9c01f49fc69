import { randomBytes } from 'node:crypto';
import { type KubeClient, type Pod, resources } from '../../kube/index.ts';
import { runProbePod } from '../cluster/index.ts';
import { type Flag, type Invocation, UsageError } from '../command-line/index.ts';
import { type Probe, type ProbeRequest, planProbePod, readProbe } from '../probe/index.ts';

/** Has sh and curl, and runs as any user. */
const IMAGE = 'curlimages/curl:8.16.0';
const CONNECT_TIMEOUT = 10;
const TIMEOUT = 30;

/** The flags of commands that try the proxy from a pod. */
export const probeFlags: readonly Flag[] = [
  {
    name: 'connect-timeout',
    value: 'SECONDS',
    about: `curl's --connect-timeout. Default: ${CONNECT_TIMEOUT}.`,
  },
  { name: 'timeout', value: 'SECONDS', about: `curl's --max-time, for each URL. Default: ${TIMEOUT}.` },
  { name: 'image', value: 'IMAGE', about: `An image with sh and curl. Default: ${IMAGE}.` },
];

/** What the flags of `probeFlags` say. Throws UsageError. */
export function readProbeFlags({
  text,
}: Pick<Invocation, 'text'>): Pick<ProbeRequest, 'image' | 'connectTimeout' | 'timeout'> {
  return {
    image: text('image') ?? IMAGE,
    connectTimeout: readSeconds(text('connect-timeout'), 'connect-timeout') ?? CONNECT_TIMEOUT,
    timeout: readSeconds(text('timeout'), 'timeout') ?? TIMEOUT,
  };
}

function readSeconds(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > 300)
    throw new UsageError(`--${flag}: "${text}" is no number of seconds from 1 to 300`);
  return seconds;
}

/** The pod of a name. Throws UsageError if there is none. */
export async function findPod(client: KubeClient, namespace: string, name: string): Promise<Pod> {
  const pod = await client.find(resources.pods, { namespace, name });
  if (pod === undefined)
    throw new UsageError(
      `there is no pod "${name}" in namespace ${namespace}: kubectl get pods -n ${namespace} lists them`,
    );
  return pod;
}

/** What a probe has printed, and the exit code of its pod; undefined if the command was interrupted. */
export interface ProbeOutcome {
  /** The name of the pod. */
  pod: string;
  probe: Probe;
  code: number | undefined;
}

/** Runs a probe in a pod that is gone afterwards. `onLine` is called with each line and with all that were printed so far. */
export async function runProbe(
  { io }: Pick<Invocation, 'io'>,
  client: KubeClient,
  request: Omit<ProbeRequest, 'name'>,
  onLine: (line: string, probe: Probe) => void = () => {},
): Promise<ProbeOutcome> {
  const lines: string[] = [];
  const pod = planProbePod({ ...request, name: `egress-probe-${randomBytes(4).toString('hex')}` });
  io.note(`note: pod ${pod.metadata.name} of ${request.namespace} tries it, and is deleted afterwards\n`);
  const code = await runProbePod({
    client,
    pod,
    signal: io.interrupted(),
    onWaiting: (why) => io.note(`note: the pod waits: ${why}\n`),
    onLine(line) {
      lines.push(line);
      onLine(line, readProbe(lines));
    },
  });
  return { pod: pod.metadata.name, probe: readProbe(lines), code };
}
