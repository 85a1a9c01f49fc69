import type { DesiredObject, EgressProxy } from '../api/index.ts';
import { ownedLabels, proxyNames } from './proxy-names.ts';

/** Folder of the agent's log files. */
export const LOG_FILES_FOLDER = '/var/log/squid';
const VOLUME = 'access-log';
/** Sizes of files that only the log-streamer reads. */
const SCRATCH = { fileSize: '16Mi', maxSize: '48Mi', sizeLimit: '64Mi' };

/** Format of the agent's log files; undefined if it writes none. */
export function fileFormat({
  spec: { accessLog = {} },
}: EgressProxy): 'json' | 'squid' | 'combined' | undefined {
  const { format = 'json', persistence } = accessLog;
  return persistence === undefined && format === 'json' ? undefined : format;
}

/** Format of the container log-streamer; undefined if there is none. */
export function streamedFormat({ spec }: EgressProxy): 'squid' | 'combined' | undefined {
  const format = spec.accessLog?.format ?? 'json';
  return format === 'json' ? undefined : format;
}

export function logVolumes(proxy: EgressProxy): Record<string, unknown>[] {
  return fileFormat(proxy) === undefined ? [] : [{ name: VOLUME, ...sourceOf(proxy) }];
}

export function logMounts(proxy: EgressProxy, readOnly = false): Record<string, unknown>[] {
  if (fileFormat(proxy) === undefined) return [];
  return [{ name: VOLUME, mountPath: LOG_FILES_FOLDER, ...(readOnly && { readOnly }) }];
}

export function logFileArgs(proxy: EgressProxy): string[] {
  const format = fileFormat(proxy);
  if (format === undefined) return [];
  const { persistence } = proxy.spec.accessLog ?? {};
  const { fileSize = '64Mi', maxSize = '1Gi' } = persistence ?? SCRATCH;
  return [`--access-log=${format}`, `--access-log-file-size=${fileSize}`, `--access-log-max-size=${maxSize}`];
}

export function hostPathOf({ spec }: EgressProxy): string | undefined {
  return spec.accessLog?.persistence?.hostPath?.path;
}

/** The claim to create. It has no owner, so that it outlives the EgressProxy, and nothing here deletes it. */
export function renderLogClaim(proxy: EgressProxy): DesiredObject[] {
  const { size, storageClassName, accessMode } = proxy.spec.accessLog?.persistence?.pvc ?? {};
  if (size === undefined) return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: proxyNames(proxy).logClaim,
        namespace: proxy.metadata.namespace ?? '',
        labels: ownedLabels(proxy),
      },
      spec: {
        accessModes: [accessMode ?? defaultAccessMode(proxy)],
        resources: { requests: { storage: size } },
        ...(storageClassName !== undefined && { storageClassName }),
      },
    },
  ];
}

function defaultAccessMode({ spec }: EgressProxy): 'ReadWriteOnce' | 'ReadWriteMany' {
  const single = spec.autoscaling === undefined && spec.replicas === 1;
  return single ? 'ReadWriteOnce' : 'ReadWriteMany';
}

function sourceOf(proxy: EgressProxy): Record<string, unknown> {
  const { pvc } = proxy.spec.accessLog?.persistence ?? {};
  const path = hostPathOf(proxy);
  if (path !== undefined) return { hostPath: { path, type: 'DirectoryOrCreate' } };
  if (pvc === undefined) return { emptyDir: { sizeLimit: SCRATCH.sizeLimit } };
  return { persistentVolumeClaim: { claimName: pvc.claimName ?? proxyNames(proxy).logClaim } };
}
