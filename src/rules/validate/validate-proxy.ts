import { label } from '../../api/index.ts';
import { isNat64Prefix } from '../address/index.ts';
import { type Fault, faultAt, type TextFault, textFault, type Validation } from '../fault.ts';
import { readHost } from '../target/index.ts';
import { isDnsLabel } from './label-syntax.ts';
import { noProxyFault } from './no-proxy-fault.ts';
import { type Fields, fieldOf, readFields, readSpec, readText, readTexts } from './read-fields.ts';
import { readRanges } from './read-ranges.ts';
import { readTargets } from './read-targets.ts';
import { validateClusterSettings } from './validate-cluster-settings.ts';
import { validateHostNetworkPorts } from './validate-host-network-ports.ts';
import { validatePorts } from './validate-ports.ts';
import { validateRecords, warnAboutRecords } from './validate-records.ts';
import { validateUpstreams } from './validate-upstreams.ts';

/** Characters of a label value, in which a namespace names its proxy. */
const LONGEST_REFERENCE = 63;

const checks: readonly ((spec: Fields) => Fault[])[] = [
  validateReplicas,
  validateUpstreams,
  validateAliases,
  validateDnsAllow,
  validateNoProxy,
  validateExemptNamespaces,
  validatePrivateDestinations,
  validateNat64,
  (spec) => validatePorts(spec, 'allowedPorts', 'spec.allowedPorts'),
  validateTcpTargets,
  validateDirectCeiling,
  validateRecords,
  validateClusterSettings,
  validateHostNetworkPorts,
];

/** Validates an EgressProxy and returns all of its faults: settings that cannot be deployed or used in decisions. */
export function validateEgressProxy(object: unknown): Validation {
  const faults = referenceFaults(fieldOf(object, 'metadata'));
  const spec = readSpec(object, faults);
  if (spec === undefined) return { faults, warnings: [] };
  for (const check of checks) faults.push(...check(spec));
  return { faults, warnings: warnings(spec) };
}

function referenceFaults(metadata: unknown): Fault[] {
  const name = textOf(metadata, 'name');
  const reference = `${textOf(metadata, 'namespace')}.${name}`;
  const faults: Fault[] = [];
  if (reference.length > LONGEST_REFERENCE)
    faults.push(
      faultAt(
        'metadata.name',
        textFault(
          'NameTooLong',
          `"${reference}" has ${reference.length} characters; as a value of the label ${label.proxy} it may have at most ${LONGEST_REFERENCE}`,
        ),
      ),
    );
  if (!isDnsLabel(name))
    faults.push(
      faultAt(
        'metadata.name',
        textFault('NameInvalid', 'the name must be valid for a Service: lower-case letters, digits and "-"'),
      ),
    );
  return faults;
}

function textOf(owner: unknown, field: string): string {
  const value = fieldOf(owner, field);
  return typeof value === 'string' ? value : '';
}

function validateReplicas(spec: Fields): Fault[] {
  const faults: Fault[] = [];
  const autoscaling = readFields(spec, 'autoscaling', 'spec.autoscaling', faults);
  if (autoscaling === undefined) return faults;
  const { minReplicas = 2, maxReplicas } = autoscaling;
  if (fieldOf(spec, 'replicas') !== undefined)
    faults.push(
      faultAt(
        'spec.replicas',
        textFault('Conflict', 'autoscaling sets the replicas; remove replicas or autoscaling'),
      ),
    );
  if (!isCount(maxReplicas))
    faults.push(
      faultAt(
        'spec.autoscaling.maxReplicas',
        textFault('Required', 'maxReplicas must be a number of at least 1'),
      ),
    );
  else if (!isCount(minReplicas) || minReplicas > maxReplicas)
    faults.push(
      faultAt(
        'spec.autoscaling.minReplicas',
        textFault(
          'OutOfRange',
          `minReplicas (default 2) must be a number from 1 to maxReplicas, ${maxReplicas}`,
        ),
      ),
    );
  return faults;
}

function validateDnsAllow(spec: Fields): Fault[] {
  const faults: Fault[] = [];
  for (const { text, path } of readTexts(spec, 'dnsAllow', 'spec.dnsAllow', faults)) {
    const read = readHost(text.replace(/^\*\./, ''));
    if (read.kind === 'malformed') faults.push(faultAt(path, read.fault));
    if (read.kind === 'address')
      faults.push(faultAt(path, textFault('AddressSpelling', 'an address needs no DNS; remove it')));
  }
  return faults;
}

function validateTcpTargets(spec: Fields): Fault[] {
  return readTargets({ targets: fieldOf(spec, 'tcpTargets') }, 'spec.tcpTargets').faults;
}

function validateAliases(spec: Fields): Fault[] {
  const faults: Fault[] = [];
  const aliases = readTexts(spec, 'aliases', 'spec.aliases', faults);
  for (const { text, path } of aliases) faults.push(...at(path, aliasFault(text)));
  const injected = readText(spec, 'injectAlias', 'spec.injectAlias', faults);
  if (injected !== undefined && !aliases.some(({ text }) => text === injected))
    faults.push(
      faultAt(
        'spec.injectAlias',
        textFault('Conflict', `"${injected}" is not among spec.aliases: add it there`),
      ),
    );
  return faults;
}

/** The fault of an alias. It must be canonical, since HTTP_PROXY and hostAliases contain it as written. */
function aliasFault(alias: string): TextFault | undefined {
  const read = readHost(alias);
  if (read.kind === 'malformed') return read.fault;
  if (read.kind === 'address') return textFault('AddressSpelling', 'an alias is a DNS name, not an address');
  if (!read.name.includes('.'))
    return textFault('NameInvalid', `"${read.name}" is not a full name such as proxy.example.com`);
  return read.name === alias && !alias.includes('_')
    ? undefined
    : textFault('NameInvalid', `"${read.name}" is not in canonical form`, read.name);
}

function validateNoProxy(spec: Fields): Fault[] {
  const faults: Fault[] = [];
  const entries = readTexts(spec, 'noProxy', 'spec.noProxy', faults);
  return [...faults, ...entries.flatMap(({ text, path }) => at(path, noProxyFault(text)))];
}

function validateExemptNamespaces(spec: Fields): Fault[] {
  const faults: Fault[] = [];
  const names = readTexts(spec, 'exemptNamespaces', 'spec.exemptNamespaces', faults);
  for (const { text, path } of names) {
    if (!isDnsLabel(text))
      faults.push(
        faultAt(
          path,
          textFault('NameInvalid', 'this is not the name of a namespace; patterns are not allowed'),
        ),
      );
  }
  return faults;
}

function validatePrivateDestinations(spec: Fields): Fault[] {
  const { ranges, faults } = readRanges(spec, 'privateCIDRs', 'spec.privateCIDRs');
  if (fieldOf(spec, 'privateDestinations') === 'Allow' && ranges.length === 0 && faults.length === 0)
    faults.push(
      faultAt(
        'spec.privateCIDRs',
        textFault(
          'Required',
          'privateDestinations: Allow opens the ranges in privateCIDRs; name at least one',
        ),
      ),
    );
  return faults;
}

function validateNat64(spec: Fields): Fault[] {
  const { ranges, faults } = readRanges(spec, 'nat64Prefixes', 'spec.nat64Prefixes');
  const others = ranges.filter((range) => !isNat64Prefix(range));
  const message = 'a NAT64 prefix is an IPv6 range with a length of 32, 40, 48, 56, 64 or 96 (RFC 6052)';
  return [
    ...faults,
    ...others.map(({ text }) =>
      faultAt('spec.nat64Prefixes', textFault('CidrInvalid', `${text}: ${message}`)),
    ),
  ];
}

function validateDirectCeiling(spec: Fields): Fault[] {
  const faults: Fault[] = [];
  const direct = readFields(spec, 'directTargets', 'spec.directTargets', faults);
  const path = 'spec.directTargets';
  return [
    ...faults,
    ...readRanges(direct, 'cidrs', `${path}.cidrs`).faults,
    ...validatePorts(direct, 'ports', `${path}.ports`),
  ];
}

/** Warns about a range of all addresses in privateCIDRs: it opens the cluster's own addresses too. */
function warnings(spec: Fields): string[] {
  const everything = readRanges(spec, 'privateCIDRs', 'spec.privateCIDRs')
    .ranges.filter(({ prefix }) => prefix === 0)
    .map(
      ({ text }) =>
        `spec.privateCIDRs: ${text} opens every private address, the cluster's own too; name the ranges`,
    );
  return [...everything, ...warnAboutRecords(spec)];
}

function at(path: string, fault: TextFault | undefined): Fault[] {
  return fault === undefined ? [] : [faultAt(path, fault)];
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}
