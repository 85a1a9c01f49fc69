import { ApiError, type KubeClient, type Pod, resources } from '../../kube/index.ts';
import { sleep, systemClock } from '../../time/index.ts';
import { LogPosition } from '../logs/index.ts';

export interface ProbeRun {
  client: KubeClient;
  pod: Pod;
  /** Ends the run; the pod is deleted then, too. */
  signal: AbortSignal;
  onLine: (line: string) => void;
  /** Called with what the pod waits for, when that changes. */
  onWaiting: (why: string) => void;
}

/** Milliseconds between two looks at the pod. */
const POLL = 300;
/** Milliseconds. */
const CREATION = 30_000;
/** Milliseconds for scheduling and the pull of the image. */
const START = 90_000;

/** The pod did not start, or ended otherwise than by its own. */
export class ProbePodError extends Error {
  override readonly name = 'ProbePodError';
}

/**
 * Creates a pod, reads its log to the end, and deletes the pod, whatever happens. Resolves with its exit code; undefined if the
 * signal was aborted. Throws ProbePodError, ApiError or UnreachableError.
 */
export async function runProbePod(run: ProbeRun): Promise<number | undefined> {
  const { client, pod, signal } = run;
  let isThere = false;
  try {
    // Without the signal: whether a request that was cut off has created the pod is not known.
    const created = await client.create(resources.pods, pod, { timeoutMs: CREATION });
    isThere = true;
    return await watch(run, created.metadata.uid);
  } catch (error) {
    isThere ||= !(error instanceof ApiError);
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    if (isThere) await remove(client, pod);
  }
}

const addressOf = ({ metadata: { namespace = '', name } }: Pod) => ({ namespace, name });

async function watch(run: ProbeRun, uid: string | undefined): Promise<number | undefined> {
  const position = new LogPosition();
  const noteWaiting = waitingNotes(run);
  while (!run.signal.aborted) {
    const state = stateOf(await look(run, uid));
    if (state.kind === 'waiting') noteWaiting(state.why);
    // The end is believed only after all of the log was read.
    else await readLog(run, position, state.kind === 'running');
    if (state.kind === 'ended') return state.code;
    await sleep(systemClock, POLL, run.signal);
  }
  return undefined;
}

async function look({ client, pod, signal }: ProbeRun, uid: string | undefined): Promise<Pod> {
  const now = await client.find(resources.pods, addressOf(pod), { signal });
  if (now === undefined || now.metadata.uid !== uid)
    throw new ProbePodError('the test pod was deleted before it had finished: run the command again');
  return now;
}

/** Says each new reason to wait, and throws ProbePodError when the pod has not started for too long. */
function waitingNotes({ onWaiting }: ProbeRun): (why: string) => void {
  const began = systemClock.monotonic();
  let last = '';
  return (why) => {
    if (why !== last) onWaiting(why);
    last = why;
    if (systemClock.monotonic() - began > START)
      throw new ProbePodError(`the test pod did not start in ${START / 1000} s: ${why}`);
  };
}

async function readLog({ client, pod, signal, onLine }: ProbeRun, position: LogPosition, follow: boolean) {
  const query = { container: 'probe', follow, sinceTime: position.since, signal };
  try {
    for await (const text of client.logLines(addressOf(pod), query)) {
      const line = position.advance(text);
      if (line !== undefined) onLine(line.text);
    }
  } catch (error) {
    // The next look at the pod reads on. A missing right does not go away.
    if (error instanceof ApiError && error.status === 403) throw error;
  }
}

type ProbeState = { kind: 'waiting'; why: string } | { kind: 'running' } | { kind: 'ended'; code: number };

function stateOf({ status }: Pod): ProbeState {
  const probe = status?.containerStatuses?.find(({ name }) => name === 'probe')?.state;
  if (probe?.terminated) return { kind: 'ended', code: probe.terminated.exitCode };
  if (probe?.running) return { kind: 'running' };
  if (status?.phase === 'Failed')
    throw new ProbePodError(`the test pod failed: ${status.reason} ${status.message ?? ''}`);
  const unscheduled = status?.conditions?.find(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'False',
  );
  const { reason = 'it is being scheduled', message } = probe?.waiting ?? unscheduled ?? {};
  return { kind: 'waiting', why: message === undefined ? reason : `${reason}: ${message}` };
}

async function remove(client: KubeClient, pod: Pod): Promise<void> {
  for (let attempts = 3; ; attempts -= 1) {
    try {
      await client.delete(resources.pods, addressOf(pod), { gracePeriodSeconds: 0 });
      return;
    } catch (error) {
      if (attempts > 1) await sleep(systemClock, POLL);
      else throw leftBehind(pod, error);
    }
  }
}

function leftBehind(pod: Pod, error: unknown): ProbePodError {
  const { namespace, name } = addressOf(pod);
  const message = error instanceof Error ? error.message : String(error);
  return new ProbePodError(
    `the test pod could not be deleted (${message}); to delete it: kubectl delete pod ${name} -n ${namespace}`,
  );
}
