import type { Secret } from '../../kube/index.ts';
import { issueServingCertificate, type KeyPair, planServing } from '../../tls/index.ts';
import { type Authority, readKeyPair } from './authority-secret.ts';

export interface ServingPair {
  pair: KeyPair;
  /** When to look again, milliseconds since the epoch. */
  nextAt: number;
  /** Why it was made now; undefined when it is the one that there was. */
  why: string | undefined;
}

export interface ServingPairInput {
  authority: Authority;
  /** Where the pair lies, if it does. */
  secret: Secret | undefined;
  names: readonly [string, ...string[]];
  /** Milliseconds since the epoch. */
  now: number;
}

/** The pair that a server is to have now: the one that it has, or a new one. */
export async function currentServingPair(input: ServingPairInput): Promise<ServingPair> {
  const { authority, secret, names, now } = input;
  const serving = secret && readKeyPair(secret, 'tls.crt', 'tls.key');
  const plan = planServing({ authority: authority.pair, bundle: authority.bundle, serving, names }, now);
  if (plan.action === 'keep' && serving !== undefined) {
    return { pair: serving, nextAt: plan.nextAt, why: undefined };
  }
  const pair = await issueServingCertificate({ authority: authority.pair, names, now });
  const again = planServing(
    { authority: authority.pair, bundle: authority.bundle, serving: pair, names },
    now,
  );
  return {
    pair,
    nextAt: again.action === 'keep' ? again.nextAt : now,
    why: plan.action === 'issue' ? plan.why : 'there is none',
  };
}
