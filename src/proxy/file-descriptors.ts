import type { EgressProxy } from '../api/index.ts';
import { parseBytes } from '../rules/index.ts';
import { BYTES_OF_A_DESCRIPTOR, SQUID_BASE_BYTES, SQUID_FILE_DESCRIPTORS } from './timing.ts';

/** Memory limit of the Squid container, if the EgressProxy has no `resources`. */
export const DEFAULT_SQUID_MEMORY = '1Gi';

/** Fewer than these would not serve one namespace at its default limits. */
const LEAST = 1024;

/**
 * Squid's max_filedescriptors: as many as its memory limit can hold. When they are all taken, new connections wait and open
 * tunnels stay open; if memory ran out first, the kernel would kill Squid with every tunnel.
 */
export function fileDescriptors({ spec: { resources } }: EgressProxy): number {
  const limit = resources === undefined ? DEFAULT_SQUID_MEMORY : resources.limits?.['memory'];
  const bytes = parseBytes(`${limit ?? ''}`);
  if (bytes === undefined) return SQUID_FILE_DESCRIPTORS;
  const affordable = Math.floor((bytes - SQUID_BASE_BYTES) / BYTES_OF_A_DESCRIPTOR);
  return Math.max(LEAST, Math.min(affordable, SQUID_FILE_DESCRIPTORS));
}
