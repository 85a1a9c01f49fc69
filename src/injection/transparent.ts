import { isDeepStrictEqual } from 'node:util';
import ipaddr from 'ipaddr.js';
import type { EgressProxy } from '../api/index.ts';
import type { Container, PodSpec } from './pod.ts';

/** The label of Pod Security admission on a namespace. */
const POD_SECURITY = 'pod-security.kubernetes.io/enforce';

/** Whether connections of programs without proxy support are redirected to the proxy. */
export type Transparent =
  | { kind: 'redirect'; containers: readonly [forward: Container, redirect: Container] }
  /** Pod Security forbids NET_ADMIN for init containers. */
  | { kind: 'forbidden'; level: string };

/** Container names that the guards (manifests/base/guards) except. */
export const FORWARD_CONTAINER = 'kube-egress-forward';
export const REDIRECT_CONTAINER = 'kube-egress-redirect';

/** UID of the forwarder, used by nothing else: with shareProcessNamespace a process of the same UID could kill it. */
const UID = 31280;
const ports = { http: 31280, https: 31443 };

export interface TransparentInput {
  proxy: EgressProxy;
  /** The proxy's URL, as in HTTP_PROXY. */
  url: string;
  /** NO_PROXY's value: its addresses and ranges are not redirected. */
  noProxy: string;
  namespaceLabels: Readonly<Record<string, string>>;
}

/** Undefined unless `clientEnv.transparent` is set and the controller has written the image to the status. */
export function buildTransparent(input: TransparentInput): Transparent | undefined {
  const { spec, status } = input.proxy;
  if (!spec.clientEnv?.transparent || status?.transparentImage === undefined) return undefined;
  const level = input.namespaceLabels[POD_SECURITY] ?? spec.podSecurityDefault ?? 'privileged';
  if (level !== 'privileged') return { kind: 'forbidden', level };
  return {
    kind: 'redirect',
    containers: [
      forwardContainer(status.transparentImage, input.url),
      redirectContainer(status.transparentImage, input.noProxy),
    ],
  };
}

/** A native sidecar: it starts before the programs and ends after them. */
function forwardContainer(image: string, url: string): Container {
  return {
    name: FORWARD_CONTAINER,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['supervise', 'kube-egress', 'forward'],
    args: [`--proxy=${url}`, `--http-port=${ports.http}`, `--https-port=${ports.https}`],
    restartPolicy: 'Always',
    securityContext: {
      runAsUser: UID,
      runAsGroup: UID,
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '192Mi' } },
  };
}

/** Runs as root, since NET_ADMIN takes effect for no other user without file capabilities; for about 100 ms. */
function redirectContainer(image: string, noProxy: string): Container {
  return {
    name: REDIRECT_CONTAINER,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/opt/kube-egress/bin/redirect'],
    args: [`--http=${ports.http}`, `--https=${ports.https}`, `--except=${addressesIn(noProxy).join(',')}`],
    securityContext: {
      runAsUser: 0,
      runAsGroup: 0,
      runAsNonRoot: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
  };
}

function addressesIn(noProxy: string): string[] {
  return noProxy
    .split(',')
    .filter((entry) => ipaddr.isValidCIDR(entry) || (ipaddr.isValid(entry) && /[.:]/.test(entry)));
}

/**
 * The pod with both containers before its init containers, so that these are redirected too. A different container with
 * one of their names is removed: with it the API server would reject the pod, or the guards would except it. Returns the
 * same spec when nothing is missing.
 */
export function addTransparent(spec: PodSpec, transparent: Transparent | undefined): PodSpec {
  if (transparent?.kind !== 'redirect') return spec;
  const { containers } = transparent;
  const present = spec.initContainers ?? [];
  if (containers.every((ours) => present.some((container) => isSame(ours, container)))) return spec;
  const others = present.filter((container) => !isTransparentContainer(container));
  return { ...spec, initContainers: [...containers, ...others] };
}

export function isTransparentContainer({ name }: Container): boolean {
  return name === FORWARD_CONTAINER || name === REDIRECT_CONTAINER;
}

const decisive = ['name', 'image', 'command', 'args', 'restartPolicy', 'securityContext'] as const;

/** Other fields may differ: a LimitRange, for example, sets resources. */
function isSame(ours: Container, container: Container): boolean {
  return decisive.every((field) => isDeepStrictEqual(ours[field], container[field]));
}

/** One line for a warning and an Event. */
export function explainForbidden(level: string): string {
  return `the pod runs without transparent mode, because the namespace's Pod Security level (${level}) forbids NET_ADMIN; its programs have to use the proxy variables`;
}
