import type { EgressProxy } from '../api/index.ts';
import { hostPathOf, LOG_FILES_FOLDER, logMounts, streamedFormat } from './log-volume.ts';
import { containerSecurity, fieldEnv } from './pod-containers.ts';
import type { ProxyFacts } from './proxy-facts.ts';

const UID = 65532;

/**
 * Shows the log in one of Squid's own formats, by `kubectl logs -c log-streamer`. A native sidecar before the agent, so
 * that it ends after the agent and shows the last lines.
 */
export function logStreamer(proxy: EgressProxy, { image }: ProxyFacts): Record<string, unknown>[] {
  if (streamedFormat(proxy) === undefined) return [];
  return [
    {
      name: 'log-streamer',
      image: proxy.spec.image ?? image,
      imagePullPolicy: 'IfNotPresent',
      // The shell ends on a signal, which tail as the first process would ignore. The errors of tail about a file that is
      // missing or rotated are not log lines.
      command: ['supervise', 'sh', '-c', 'exec tail --lines=+1 -F "$0" 2> /dev/null'],
      args: [`${LOG_FILES_FOLDER}/$(POD_NAME).log`],
      env: [fieldEnv('POD_NAME', 'metadata.name')],
      restartPolicy: 'Always',
      resources: { requests: { cpu: '10m', memory: '8Mi' }, limits: { memory: '64Mi' } },
      securityContext: containerSecurity,
      volumeMounts: logMounts(proxy, true),
    },
  ];
}

/** Gives the hostPath's folder to the agent: the kubelet creates it for root, and fsGroup does not apply to it. */
export function folderOwner(proxy: EgressProxy, { image }: ProxyFacts): Record<string, unknown>[] {
  if (hostPathOf(proxy) === undefined) return [];
  return [
    {
      name: 'fix-permissions',
      image: proxy.spec.image ?? image,
      imagePullPolicy: 'IfNotPresent',
      command: ['chown', `${UID}:${UID}`, LOG_FILES_FOLDER],
      resources: { requests: { cpu: '10m', memory: '8Mi' }, limits: { memory: '64Mi' } },
      securityContext: {
        ...containerSecurity,
        runAsUser: 0,
        runAsNonRoot: false,
        capabilities: { drop: ['ALL'], add: ['CHOWN'] },
      },
      volumeMounts: logMounts(proxy),
    },
  ];
}
