/** A failed request. `unreachable`: the dashboard did not answer; `refused`: it answered with another error. */
export class FetchFailure extends Error {
  override readonly name = 'FetchFailure';
  readonly kind: 'unauthorized' | 'not-found' | 'unreachable' | 'refused';

  constructor(kind: FetchFailure['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Milliseconds: longer than the server waits for agents. */
const TIMEOUT = 10_000;

/** Fetches `path` below /api, or sends `body` there. Throws a FetchFailure. */
export async function fetchJson<T>(path: string, token: string, body?: object): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`api/${path}`, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    throw new FetchFailure('unreachable', 'The dashboard does not answer.');
  }
  const answer = (await response.json().catch(() => ({}))) as T & { error?: string };
  if (response.ok) return answer;
  const message = answer.error ?? `The dashboard answered ${response.status}.`;
  if (response.status === 401) throw new FetchFailure('unauthorized', message);
  throw new FetchFailure(response.status === 404 ? 'not-found' : 'refused', message);
}
