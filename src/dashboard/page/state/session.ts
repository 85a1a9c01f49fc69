import { computed, signal } from '@preact/signals';
import type { Session } from '../../wire.ts';
import { FetchFailure, fetchJson } from './fetch-json.ts';

/** Key in sessionStorage, which is limited to this tab and ends with it. */
const STORAGE = 'kube-egress-token';

const token = signal(takeToken());
export const session = signal<Session | undefined>(undefined);
/** Why the viewer has to sign in again. */
export const signInReason = signal<string | undefined>(undefined);
export const signedIn = computed(() => token.value !== undefined);

export function currentToken(): string | undefined {
  return token.value;
}

/** Throws a FetchFailure if the token is rejected. */
export async function signIn(newToken: string): Promise<void> {
  session.value = await fetchJson<Session>('session', newToken);
  sessionStorage.setItem(STORAGE, newToken);
  token.value = newToken;
  signInReason.value = undefined;
}

export function signOut(reason?: string): void {
  sessionStorage.removeItem(STORAGE);
  token.value = undefined;
  session.value = undefined;
  signInReason.value = reason;
}

/** Continues with the tab's token after a reload. */
export async function resumeSession(): Promise<void> {
  if (token.value === undefined) return;
  try {
    session.value = await fetchJson<Session>('session', token.value);
  } catch (error) {
    if (error instanceof FetchFailure && error.kind === 'unauthorized')
      signOut('The token is no longer valid.');
  }
}

/** Reads the token, or the secret of a local start, after `#`, and removes it from the URL and the history. */
function takeToken(): string | undefined {
  const key = /^#key=([\w.-]+)$/.exec(location.hash)?.[1];
  if (key !== undefined) {
    history.replaceState(null, '', '#/');
    sessionStorage.setItem(STORAGE, key);
    return key;
  }
  return sessionStorage.getItem(STORAGE) ?? undefined;
}
