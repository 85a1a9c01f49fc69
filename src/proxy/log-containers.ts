import type { EgressProxy } from '../api/index.ts';
import { containerSecurity, fieldEnv } from './container-parts.ts';
import { hostPathOf, LOG_FILES_FOLDER, logMounts, streamedFormat } from './log-volume.ts';
import type { ProxyFacts } from './proxy-facts.ts';

const UID = 65532;

/**
 * Shows what Squid itself would have written, to `kubectl logs -c log-streamer`. A native sidecar before the agent, so
 * that it ends after it and shows the last lines.
 */
export function logStreamer(proxy: EgressProxy, { image }: ProxyFacts): Record<string, unknown>[] {
  if (streamedFormat(proxy) === undefined) return [];
  return [
    {
      name: 'log-streamer',
      image: proxy.spec.image ?? image,
      imagePullPolicy: 'IfNotPresent',
      // The shell ends on a signal, as tail, being the first process, would not. What tail says of a file that is not
      // there yet, or has been put aside, is no log line.
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

/** The kubelet makes a hostPath's folder for root, and fsGroup does not change it. */
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
