import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { CLOCK_SKEW, factsOf, type KeyPair, readCertificate, readPair, splitBundle } from './certificate.ts';

/** What the authority's Secret holds; undefined where something is missing. */
export interface AuthorityState {
  authority: KeyPair | undefined;
  /** The authorities that clients trust, PEM, the present one first. */
  bundle: string | undefined;
}

/** That, and what one server's Secret holds. */
export interface SecretState extends AuthorityState {
  serving: KeyPair | undefined;
  /** What the serving certificate has to be good for. */
  names: readonly string[];
}

/** `nextAt`: when to plan again at the latest, milliseconds since the epoch. */
export type Keep = { action: 'keep'; nextAt: number };
export type AuthorityPlan =
  | Keep
  /** Make an authority; the bundle is its certificate followed by `trusted`. */
  | { action: 'rotate-authority'; why: string; trusted: string }
  /** Store this bundle. */
  | { action: 'trust'; why: string; bundle: string };
/** `issue`: sign a serving certificate with the authority. */
export type ServingPlan = Keep | { action: 'issue'; why: string };
export type RotationPlan = AuthorityPlan | ServingPlan;

/** The part of its life after which a certificate is replaced. */
const RENEW_AFTER = 2 / 3;
/** Milliseconds that a new bundle gets to reach every client (webhook configurations, mounted Secrets). */
export const PROPAGATION = 5 * 60 * 1000;

/**
 * The next step, of which there may be several: do it, read the state again, plan again.
 *
 * A new authority is trusted before anything is signed by it, and an old one stays trusted until it ends: whoever
 * has read either bundle can verify either certificate, so that no rotation is an outage.
 */
export function planRotation(state: SecretState, now: number): RotationPlan {
  const authority = planAuthority(state, now);
  if (authority.action !== 'keep') return authority;
  const serving = planServing(state, now);
  if (serving.action !== 'keep') return serving;
  return { action: 'keep', nextAt: Math.min(authority.nextAt, serving.nextAt) };
}

export function planAuthority({ authority, bundle = '' }: AuthorityState, now: number): AuthorityPlan {
  const current = authority && readPair(authority);
  const others = trustedAt(bundle, now).filter((cert) => cert.fingerprint256 !== current?.fingerprint256);
  const why = whyRenew(current, now) ?? (current?.ca ? undefined : 'it may not sign certificates');
  if (current === undefined || why !== undefined) {
    const kept = current === undefined || factsOf(current).notAfter <= now ? others : [current, ...others];
    return { action: 'rotate-authority', why: why ?? 'there is none', trusted: kept.map(String).join('') };
  }
  const desired = [current, ...others].map(String).join('');
  if (desired !== bundle)
    return { action: 'trust', why: 'the bundle is not the authorities that are valid', bundle: desired };
  return {
    action: 'keep',
    nextAt: Math.min(renewAt(current), ...others.map((cert) => factsOf(cert).notAfter)),
  };
}

/** Expects a state for which planAuthority says keep. */
export function planServing(
  { authority, bundle = '', serving, names }: SecretState,
  now: number,
): ServingPlan {
  const current = serving && readPair(serving);
  const broken = whyBroken(current, trustedAt(bundle, now), names, now);
  if (current === undefined || broken !== undefined)
    return { action: 'issue', why: broken ?? 'there is none' };
  const issuer = authority && readCertificate(authority.cert);
  const dueAt = issuer === undefined || isSignedBy(current, issuer) ? renewAt(current) : 0;
  const allowedAt = issuer === undefined ? 0 : factsOf(issuer).notBefore + CLOCK_SKEW + PROPAGATION;
  const at = Math.max(dueAt, allowedAt);
  if (now < at) return { action: 'keep', nextAt: at };
  return { action: 'issue', why: dueAt === 0 ? 'the authority is a new one' : 'most of its life is over' };
}

/** Why a serving certificate fails its clients now. */
function whyBroken(
  current: X509Certificate | undefined,
  trusted: readonly X509Certificate[],
  names: readonly string[],
  now: number,
): string | undefined {
  if (current === undefined) return 'there is none that can be read with its key';
  if (factsOf(current).notAfter <= now) return 'it has expired';
  const missing = names.find((name) => !isGoodFor(current, name));
  if (missing !== undefined) return `it does not hold for ${missing}`;
  if (!trusted.some((issuer) => isSignedBy(current, issuer))) return 'no trusted authority has signed it';
  return undefined;
}

/** Node's checkIP throws on what is no address. */
function isGoodFor(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}

function whyRenew(current: X509Certificate | undefined, now: number): string | undefined {
  if (current === undefined) return 'there is none that can be read with its key';
  return now >= renewAt(current) ? 'most of its life is over' : undefined;
}

function renewAt(certificate: X509Certificate): number {
  const { notBefore, notAfter } = factsOf(certificate);
  return notBefore + (notAfter - notBefore) * RENEW_AFTER;
}

function trustedAt(bundle: string, now: number): X509Certificate[] {
  const readable = splitBundle(bundle).map(readCertificate);
  const valid = readable.filter((cert) => cert !== undefined).filter((cert) => factsOf(cert).notAfter > now);
  return [...new Map(valid.map((cert) => [cert.fingerprint256, cert])).values()];
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
