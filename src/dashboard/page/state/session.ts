import { computed, signal } from '@preact/signals';
import type { Session } from '../../wire.ts';
import { FetchFailure, fetchJson } from './fetch-json.ts';

/** Of this tab alone: neither the server nor another tab gets it, and it ends with the tab. */
const STORAGE = 'kube-egress-token';

const token = signal(takeToken());
export const session = signal<Session | undefined>(undefined);
/** Why the viewer has to show a token (again). */
export const signInReason = signal<string | undefined>(undefined);
export const signedIn = computed(() => token.value !== undefined);

export function currentToken(): string | undefined {
  return token.value;
}

/** Throws a FetchFailure where the token is not taken. */
export async function signIn(shown: string): Promise<void> {
  session.value = await fetchJson<Session>('session', shown);
  sessionStorage.setItem(STORAGE, shown);
  token.value = shown;
  signInReason.value = undefined;
}

export function signOut(reason?: string): void {
  sessionStorage.removeItem(STORAGE);
  token.value = undefined;
  session.value = undefined;
  signInReason.value = reason;
}

/** After a reload the tab's token is still there. */
export async function resumeSession(): Promise<void> {
  if (token.value === undefined) return;
  try {
    session.value = await fetchJson<Session>('session', token.value);
  } catch (error) {
    if (error instanceof FetchFailure && error.kind === 'unauthorized')
      signOut('The token is not valid any more.');
  }
}

/** The secret of a local start comes behind the `#`; it leaves the address, and the history, at once. */
function takeToken(): string | undefined {
  const key = /^#key=([\w-]+)$/.exec(location.hash)?.[1];
  if (key !== undefined) {
    history.replaceState(null, '', '#/');
    sessionStorage.setItem(STORAGE, key);
    return key;
  }
  return sessionStorage.getItem(STORAGE) ?? undefined;
}
