import { useEffect, useState } from 'preact/hooks';
import { FetchFailure, fetchJson } from './fetch-json.ts';
import { currentToken, signOut } from './session.ts';

/** The last answer, and the current failure if there is one. The page keeps the last answer during a failure. */
export interface Polled<T> {
  data: T | undefined;
  failure: FetchFailure | undefined;
  /** Milliseconds since the epoch. */
  at: number | undefined;
}

/** Polls a path while the view is mounted and the tab is visible. */
export function usePolled<T>(path: string, intervalMs: number): Polled<T> {
  const [polled, setPolled] = useState<Polled<T> & { path: string }>({ path, ...nothing });
  useEffect(() => {
    const stop = poll(
      () => fetchAsViewer<T>(path),
      intervalMs,
      (step) => setPolled((now) => ({ ...step(now.path === path ? now : nothing), path })),
    );
    return stop;
  }, [path, intervalMs]);
  return polled.path === path ? polled : nothing;
}

const nothing = { data: undefined, failure: undefined, at: undefined };

type Step<T> = (now: Polled<T>) => Polled<T>;

/** Polls and reports each outcome as an update of the previous state. The returned function stops it. */
export function poll<T>(
  fetchOnce: () => Promise<T>,
  intervalMs: number,
  update: (step: Step<T>) => void,
): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const updateUnlessStopped = (step: Step<T>) => {
    if (!stopped) update(step);
  };
  const turn = async () => {
    if (!document.hidden) await pollOnce(fetchOnce, updateUnlessStopped);
    if (!stopped) timer = setTimeout(turn, intervalMs);
  };
  const wake = () => {
    if (document.hidden) return;
    clearTimeout(timer);
    void turn();
  };
  document.addEventListener('visibilitychange', wake);
  void turn();
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', wake);
  };
}

async function pollOnce<T>(fetchOnce: () => Promise<T>, update: (step: Step<T>) => void): Promise<void> {
  try {
    const data = await fetchOnce();
    update(() => ({ data, failure: undefined, at: Date.now() }));
  } catch (error) {
    update((before) => ({ ...before, failure: asFailure(error) }));
  }
}

/** Fetches a path, or sends a body there, with the viewer's token; an expired token signs the viewer out. */
export async function fetchAsViewer<T>(path: string, body?: object): Promise<T> {
  try {
    return await fetchJson<T>(path, currentToken() ?? '', body);
  } catch (error) {
    if (error instanceof FetchFailure && error.kind === 'unauthorized') {
      signOut('The token is no longer valid. Tokens of kubectl create token expire after an hour.');
    }
    throw error;
  }
}

function asFailure(error: unknown): FetchFailure {
  return error instanceof FetchFailure ? error : new FetchFailure('refused', String(error));
}
