import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  CLOCK_SKEW,
  type KeyPair,
  readCertificate,
  readFacts,
  readPair,
  splitBundle,
} from './certificate.ts';

/** Content of the CA's Secret; undefined where a key is missing. */
export interface AuthorityState {
  authority: KeyPair | undefined;
  /** CA certificates that clients trust, PEM, the current one first. */
  bundle: string | undefined;
  /** A CA that was issued outside, to be used instead of one of our own. */
  issuer?: KeyPair | undefined;
  /** Milliseconds since the epoch when the CA was taken over from outside; absent for a CA of our own. */
  adoptedAt?: number | undefined;
}

/** Content of the CA's Secret and of one server's Secret. */
export interface SecretState extends AuthorityState {
  serving: KeyPair | undefined;
  /** DNS names and IP addresses that the serving certificate must be valid for. */
  names: readonly string[];
}

/** Nothing to do. `nextAt` is the latest time for the next plan, milliseconds since the epoch. */
export type KeepPlan = { action: 'keep'; nextAt: number };
export type AuthorityPlan =
  | KeepPlan
  /** Create a CA. The bundle is its certificate followed by `trusted`. */
  | { action: 'rotate-authority'; why: string; trusted: string }
  /** Store this CA, which was issued outside, as the rotation does one of our own. */
  | { action: 'adopt-authority'; why: string; trusted: string; pair: KeyPair }
  /** Store this bundle. */
  | { action: 'trust'; why: string; bundle: string };
/** `issue`: sign a serving certificate with the CA. */
export type ServingPlan = KeepPlan | { action: 'issue'; why: string };
export type RotationPlan = AuthorityPlan | ServingPlan;

/** Share of its lifetime after which a certificate is replaced. */
const RENEW_AFTER = 2 / 3;
const DUE_FOR_RENEWAL = 'two thirds of its lifetime are over';
/** Milliseconds until a new bundle has reached every client (webhook configurations, mounted Secrets). */
export const PROPAGATION = 5 * 60 * 1000;

/**
 * Plans the next step of a rotation. After each step the caller reads the state and plans again.
 *
 * A new CA is trusted before it signs, and an old one is trusted until it expires. A client with either bundle can
 * verify either certificate, so a rotation interrupts no connection.
 */
export function planRotation(state: SecretState, now: number): RotationPlan {
  const authority = planAuthority(state, now);
  if (authority.action !== 'keep') return authority;
  const serving = planServing(state, now);
  if (serving.action !== 'keep') return serving;
  return { action: 'keep', nextAt: Math.min(authority.nextAt, serving.nextAt) };
}

export function planAuthority(
  { authority, bundle = '', issuer }: AuthorityState,
  now: number,
): AuthorityPlan {
  const current = authority && readPair(authority);
  const others = readTrusted(bundle, now).filter((cert) => cert.fingerprint256 !== current?.fingerprint256);
  const usable = issuer && findIssuerFault(issuer, now) === undefined ? issuer : undefined;
  const outside = usable && readCertificate(usable.cert);
  const why = findReplacementReason(current, outside, now);
  if (current === undefined || why !== undefined)
    return planReplacement(
      why ?? 'it does not exist',
      trustedBeside([current, ...others], outside, now),
      usable,
    );
  const desired = [current, ...others].map(String).join('');
  if (desired !== bundle)
    return { action: 'trust', why: 'the bundle differs from the valid CA certificates', bundle: desired };
  const endsAt = outside === undefined ? renewAt(current) : readFacts(current).notAfter;
  return { action: 'keep', nextAt: Math.min(endsAt, ...others.map((cert) => readFacts(cert).notAfter)) };
}

function planReplacement(why: string, trusted: string, issuer: KeyPair | undefined): AuthorityPlan {
  return issuer === undefined
    ? { action: 'rotate-authority', why, trusted }
    : { action: 'adopt-authority', why, trusted, pair: issuer };
}

/** Says why a CA from outside cannot sign here; undefined if it can. */
export function findIssuerFault(issuer: KeyPair, now: number): string | undefined {
  const certificate = readPair(issuer);
  if (certificate === undefined) return 'tls.crt and tls.key are no pair';
  if (!certificate.ca) return 'tls.crt is no CA certificate: set isCA in the Certificate';
  const { notBefore, notAfter } = readFacts(certificate);
  if (notAfter <= now) return `tls.crt expired at ${new Date(notAfter).toISOString()}`;
  if (notBefore > now) return `tls.crt is valid only from ${new Date(notBefore).toISOString()}`;
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1'
    ? undefined
    : 'the key is not ECDSA of the curve P-256: set privateKey {algorithm: ECDSA, size: 256} in the Certificate';
}

/** One of our own is replaced when two thirds of its life are over; one from outside by its successor from there. */
function findReplacementReason(
  current: X509Certificate | undefined,
  outside: X509Certificate | undefined,
  now: number,
): string | undefined {
  if (outside !== undefined)
    return outside.fingerprint256 === current?.fingerprint256 ? undefined : 'another CA was issued outside';
  return findRenewalReason(current, now) ?? (current?.ca ? undefined : 'it is not a CA certificate');
}

/** What stays trusted beside a new CA: those before it that have not expired. */
function trustedBeside(
  former: readonly (X509Certificate | undefined)[],
  added: X509Certificate | undefined,
  now: number,
): string {
  return former
    .filter((cert) => cert !== undefined)
    .filter((cert) => readFacts(cert).notAfter > now && cert.fingerprint256 !== added?.fingerprint256)
    .map(String)
    .join('');
}

/** Requires a state for which planAuthority returns `keep`. */
export function planServing(
  { authority, bundle = '', serving, names, adoptedAt = 0 }: SecretState,
  now: number,
): ServingPlan {
  const current = serving && readPair(serving);
  const broken = findDefect(current, readTrusted(bundle, now), names, now);
  if (current === undefined || broken !== undefined)
    return { action: 'issue', why: broken ?? 'it does not exist' };
  const issuer = authority && readCertificate(authority.cert);
  const dueAt = issuer === undefined || isSignedBy(current, issuer) ? renewAt(current) : 0;
  const at = Math.max(dueAt, mayAt(issuer, adoptedAt));
  if (now < at) return { action: 'keep', nextAt: at };
  return { action: 'issue', why: dueAt === 0 ? 'the CA was replaced' : DUE_FOR_RENEWAL };
}

/**
 * When a CA may sign: when every client trusts it. One of our own begins CLOCK_SKEW before it is made; one from outside
 * may begin in the moment in which it is made, and counts from when it was taken over.
 */
function mayAt(issuer: X509Certificate | undefined, adoptedAt: number): number {
  if (issuer === undefined) return 0;
  return (adoptedAt > 0 ? adoptedAt : readFacts(issuer).notBefore + CLOCK_SKEW) + PROPAGATION;
}

/** Returns why clients would reject a serving certificate now. */
function findDefect(
  current: X509Certificate | undefined,
  trusted: readonly X509Certificate[],
  names: readonly string[],
  now: number,
): string | undefined {
  if (current === undefined) return 'it is missing, malformed, or does not match its key';
  if (readFacts(current).notAfter <= now) return 'it has expired';
  const missing = names.find((name) => !isValidFor(current, name));
  if (missing !== undefined) return `it is not valid for ${missing}`;
  if (!trusted.some((issuer) => isSignedBy(current, issuer))) return 'no trusted CA has signed it';
  return undefined;
}

/** Node's checkIP throws if its argument is not an IP address. */
function isValidFor(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}

function findRenewalReason(current: X509Certificate | undefined, now: number): string | undefined {
  if (current === undefined) return 'it is missing, malformed, or does not match its key';
  return now >= renewAt(current) ? DUE_FOR_RENEWAL : undefined;
}

function renewAt(certificate: X509Certificate): number {
  const { notBefore, notAfter } = readFacts(certificate);
  return notBefore + (notAfter - notBefore) * RENEW_AFTER;
}

function readTrusted(bundle: string, now: number): X509Certificate[] {
  const readable = splitBundle(bundle).map(readCertificate);
  const valid = readable
    .filter((cert) => cert !== undefined)
    .filter((cert) => readFacts(cert).notAfter > now);
  return [...new Map(valid.map((cert) => [cert.fingerprint256, cert])).values()];
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
