import type { AddressRange } from '../address/index.ts';
import { type Fault, faultAt, textFault } from '../fault.ts';
import { readHost } from '../target/index.ts';
import { isDnsLabel } from './label-syntax.ts';
import { type Fields, fieldOf, readFields, readText } from './read-fields.ts';
import { readRanges } from './read-ranges.ts';

const PATH = 'spec.cluster';
/** Shortest prefixes: the guard of EndpointSlices admits every address in the pod ranges. */
const SHORTEST = { 4: 8, 6: 16 } as const;

/** Validates `spec.cluster`: the operator's facts of the cluster. */
export function validateClusterSettings(spec: Fields): Fault[] {
  const faults: Fault[] = [];
  const cluster = readFields(spec, 'cluster', PATH, faults);
  if (cluster === undefined) return faults;
  return [
    ...faults,
    ...['podCIDRs', 'serviceCIDRs', 'nodeCIDRs'].flatMap((name) => rangeFaults(cluster, name)),
    ...dnsServiceFaults(cluster),
    ...domainFaults(cluster),
  ];
}

function rangeFaults(cluster: Fields, name: string): Fault[] {
  const path = `${PATH}.${name}`;
  const { ranges, faults } = readRanges(cluster, name, path);
  const tooWide = ({ family, prefix }: AddressRange) => prefix < SHORTEST[family];
  return [
    ...faults,
    ...ranges
      .filter(tooWide)
      .map(({ text, family }) =>
        faultAt(
          path,
          textFault(
            'OutOfRange',
            `${text} is more than a cluster has: the prefix must be at least /${SHORTEST[family]}`,
          ),
        ),
      ),
  ];
}

function dnsServiceFaults(cluster: Fields): Fault[] {
  const path = `${PATH}.dnsService`;
  const faults: Fault[] = [];
  const service = readFields(cluster, 'dnsService', path, faults);
  if (service === undefined) return faults;
  for (const name of ['namespace', 'name']) {
    const value = fieldOf(service, name);
    if (typeof value !== 'string' || !isDnsLabel(value))
      faults.push(
        faultAt(
          `${path}.${name}`,
          textFault('NameInvalid', `this must be the ${name} of a Service, such as kube-system or kube-dns`),
        ),
      );
  }
  return faults;
}

function domainFaults(cluster: Fields): Fault[] {
  const path = `${PATH}.clusterDomain`;
  const faults: Fault[] = [];
  const domain = readText(cluster, 'clusterDomain', path, faults);
  if (domain === undefined) return faults;
  const host = readHost(domain);
  if (host.kind !== 'name' || host.name !== domain)
    faults.push(
      faultAt(path, textFault('NameInvalid', 'this must be a DNS name in lower case, such as cluster.local')),
    );
  return faults;
}
