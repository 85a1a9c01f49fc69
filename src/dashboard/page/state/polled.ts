import { useEffect, useState } from 'preact/hooks';
import { FetchFailure, fetchJson } from './fetch-json.ts';
import { currentToken, signOut } from './session.ts';

/** What was asked for last, and what is wrong now. The last answer stays on the page while nothing new comes. */
export interface Polled<T> {
  data: T | undefined;
  failure: FetchFailure | undefined;
  /** Milliseconds since the epoch. */
  at: number | undefined;
}

/** Asks now and again for as long as the view is shown; not while the tab is hidden. */
export function usePolled<T>(path: string, intervalMs: number): Polled<T> {
  const [polled, setPolled] = useState<Polled<T> & { path: string }>({ path, ...nothing });
  useEffect(() => {
    const stop = poll(
      () => ask<T>(path),
      intervalMs,
      (step) => setPolled((now) => ({ ...step(now.path === path ? now : nothing), path })),
    );
    return stop;
  }, [path, intervalMs]);
  return polled.path === path ? polled : nothing;
}

const nothing = { data: undefined, failure: undefined, at: undefined };

type Step<T> = (now: Polled<T>) => Polled<T>;

/** Tells each outcome as a step from the state before; the function that comes back ends it. */
export function poll<T>(
  ask: () => Promise<T>,
  intervalMs: number,
  tell: (step: Step<T>) => void,
): () => void {
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tellUnlessEnded = (step: Step<T>) => {
    if (!ended) tell(step);
  };
  const turn = async () => {
    if (!document.hidden) await askOnce(ask, tellUnlessEnded);
    if (!ended) timer = setTimeout(turn, intervalMs);
  };
  const wake = () => {
    if (document.hidden) return;
    clearTimeout(timer);
    void turn();
  };
  document.addEventListener('visibilitychange', wake);
  void turn();
  return () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', wake);
  };
}

async function askOnce<T>(ask: () => Promise<T>, tell: (step: Step<T>) => void): Promise<void> {
  try {
    const data = await ask();
    tell(() => ({ data, failure: undefined, at: Date.now() }));
  } catch (error) {
    tell((now) => ({ ...now, failure: asFailure(error) }));
  }
}

/** With the viewer's token; where that has expired, the page asks for another. */
export async function ask<T>(path: string): Promise<T> {
  try {
    return await fetchJson<T>(path, currentToken() ?? '');
  } catch (error) {
    if (error instanceof FetchFailure && error.kind === 'unauthorized') {
      signOut('The token is not valid any more. Tokens of kubectl create token live for an hour.');
    }
    throw error;
  }
}

function asFailure(error: unknown): FetchFailure {
  return error instanceof FetchFailure ? error : new FetchFailure('refused', String(error));
}
