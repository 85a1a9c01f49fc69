import type { Secret } from '../../kube/index.ts';
import type { Clock } from '../../time/index.ts';
import { issueServingCertificate, type KeyPair, planServing } from '../../tls/index.ts';
import { type Authority, readKeyPair } from './authority-secret.ts';

export interface ServingPair {
  pair: KeyPair;
  /** When the pair has to be checked again, milliseconds since the epoch. */
  nextAt: number;
  /** Why the pair was issued now; undefined if it is the existing one. */
  why: string | undefined;
}

export interface ServingPairInput {
  authority: Authority;
  /** The Secret that holds the pair; undefined if there is none yet. */
  secret: Secret | undefined;
  names: readonly [string, ...string[]];
  /** Milliseconds since the epoch. */
  now: number;
}

/** The pair that a server should have now: the existing one, or a new one. */
export async function currentServingPair(input: ServingPairInput): Promise<ServingPair> {
  const { authority, secret, names, now } = input;
  const serving = secret && readKeyPair(secret, 'tls.crt', 'tls.key');
  const { pair: signer, bundle, adoptedAt } = authority;
  const planFor = (of: KeyPair | undefined) =>
    planServing({ authority: signer, bundle, adoptedAt, serving: of, names }, now);
  const plan = planFor(serving);
  if (plan.action === 'keep' && serving !== undefined) {
    return { pair: serving, nextAt: plan.nextAt, why: undefined };
  }
  const pair = await issueServingCertificate({ authority: signer, names, now });
  const next = planFor(pair);
  return {
    pair,
    nextAt: next.action === 'keep' ? next.nextAt : now,
    why: plan.action === 'issue' ? plan.why : 'there is no serving pair yet',
  };
}

/** Milliseconds. Timers are limited to 24 days, and a clock that was changed has to be noticed. */
const LONGEST_SLEEP = 12 * 60 * 60 * 1000;

/** Milliseconds until a certificate has to be checked again. */
export function msUntilNext(nextAt: number, clock: Clock): number {
  return Math.min(LONGEST_SLEEP, Math.max(1_000, nextAt - clock.now()));
}
