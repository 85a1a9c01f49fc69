import {
  ApiError,
  isNotFound,
  type KubeClient,
  pathOf,
  resources,
  type ServiceCidr,
} from '../../kube/index.ts';

/** Reserved for documentation (RFC 5737), therefore outside of every Service range. */
const OUTSIDE_EVERY_RANGE = '192.0.2.1';

/**
 * Without the ServiceCIDR API (before 1.33), the API server names its range in the error for an address outside of it.
 * The request is a dry run, so nothing is created. Only the first family is named.
 */
export async function probeServiceRange(
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    await client.raw(pathOf(resources.services, { namespace }), {
      method: 'POST',
      query: { dryRun: 'All' },
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { generateName: 'kube-egress-probe-', namespace },
        spec: { clusterIP: OUTSIDE_EVERY_RANGE, ports: [{ name: 'probe', port: 1, protocol: 'TCP' }] },
      },
      signal,
    });
    return [];
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422) throw error;
    return readServiceRange(error.message);
  }
}

/** Parses the error of the API server: `The range of valid IPs is 10.96.0.0/12`. */
export function readServiceRange(message: string): string[] {
  const found = /range of valid IPs is ([0-9a-fA-F.:]+\/\d+)/.exec(message)?.[1];
  return found === undefined ? [] : [found];
}

/** Whether the API server has networking.k8s.io/v1 ServiceCIDRs. */
export async function servesServiceCidrs(client: KubeClient, signal: AbortSignal): Promise<boolean> {
  try {
    const list = await client.raw<{ resources: { name: string }[] }>('/apis/networking.k8s.io/v1', {
      signal,
    });
    return list.resources.some(({ name }) => name === resources.serviceCidrs.plural);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

export function rangesOf(serviceCidrs: readonly Pick<ServiceCidr, 'spec'>[]): string[] {
  return serviceCidrs.flatMap(({ spec }) => spec?.cidrs ?? []);
}
