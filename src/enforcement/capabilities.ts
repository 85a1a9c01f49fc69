/** Capabilities that undo a NetworkPolicy: those that the guard manifests/base/guards/capabilities.yaml denies. */
export const bypassingCapabilities: readonly string[] = [
  'ALL',
  'NET_ADMIN',
  'SYS_ADMIN',
  'SYS_MODULE',
  'SYS_RAWIO',
  'BPF',
  'DAC_READ_SEARCH',
];

/** Whether a container with the capability, with or without `CAP_` and in any case, can bypass its NetworkPolicy. */
export function bypassesEnforcement(capability: string): boolean {
  return bypassingCapabilities.includes(capability.toUpperCase().replace('CAP_', ''));
}
