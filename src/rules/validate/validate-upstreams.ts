import { parseAddress } from '../address/index.ts';
import { clip, type Fault, faultAt, type TextFault, textFault } from '../fault.ts';
import { isPort, readHost } from '../target/index.ts';
import { isDnsLabel } from './label-syntax.ts';
import { type Fields, fieldOf, isFields, readList, readText, wrongType } from './read-fields.ts';
import { readTargets } from './read-targets.ts';

/** Validates parent proxies: each needs a unique name, a canonical host, a port, and targets that parse. */
export function validateUpstreams(spec: Fields): Fault[] {
  const faults: Fault[] = [];
  const names = new Map<string, string>();
  for (const [index, upstream] of readList(spec, 'upstreams', 'spec.upstreams', faults).entries()) {
    const path = `spec.upstreams[${index}]`;
    if (!isFields(upstream)) {
      faults.push(wrongType(path, 'an object'));
      continue;
    }
    faults.push(...nameFaults(upstream, path, names), ...hostFaults(upstream, path));
    if (!isPort(fieldOf(upstream, 'port')))
      faults.push(
        faultAt(`${path}.port`, textFault('PortMissing', 'the port must be a number from 1 to 65535')),
      );
    faults.push(...readTargets(upstream, `${path}.targets`).faults, ...headerFaults(upstream, path));
  }
  return faults;
}

/** Faults of an upstream's name, which squid.conf, log lines and metrics contain. */
function nameFaults(upstream: Fields, path: string, seen: Map<string, string>): Fault[] {
  const faults: Fault[] = [];
  const name = readText(upstream, 'name', `${path}.name`, faults);
  if (name === undefined)
    return [...faults, faultAt(`${path}.name`, textFault('Required', 'the name is missing'))];
  const first = seen.get(name);
  seen.set(name, first ?? path);
  if (!isDnsLabel(name))
    faults.push(
      faultAt(
        `${path}.name`,
        textFault('NameInvalid', `"${clip(name)}" is not a name of lower-case letters, digits and "-"`),
      ),
    );
  if (first !== undefined)
    faults.push(
      faultAt(`${path}.name`, textFault('Duplicate', `"${clip(name)}" is already the name of ${first}`)),
    );
  return faults;
}

function hostFaults(upstream: Fields, path: string): Fault[] {
  const faults: Fault[] = [];
  const host = readText(upstream, 'host', `${path}.host`, faults);
  const fault = host === undefined ? textFault('Required', 'the host is missing') : hostFault(host);
  return fault === undefined ? faults : [...faults, faultAt(`${path}.host`, fault)];
}

const HEADER = /^X-[A-Za-z0-9-]{1,61}$/;

/** Requires X-: any other header may have a meaning for Squid, the parent or an origin. */
function headerFaults(upstream: Fields, path: string): Fault[] {
  const header = fieldOf(upstream, 'header');
  if (!isFields(header)) return [];
  const name = fieldOf(header, 'name');
  if (typeof name === 'string' && HEADER.test(name)) return [];
  return [
    faultAt(
      `${path}.header.name`,
      textFault('NameInvalid', 'the header must begin with "X-", followed by letters, digits and "-"'),
    ),
  ];
}

function hostFault(host: string): TextFault | undefined {
  if (host.includes(':')) return ipv6Fault(host);
  const read = readHost(host);
  if (read.kind === 'malformed') return read.fault;
  const canonical = read.kind === 'name' ? read.name : read.address.text;
  if (canonical === host.toLowerCase()) return undefined;
  return textFault(
    read.kind === 'name' ? 'NameInvalid' : 'AddressSpelling',
    `"${clip(host)}" is an unusual spelling`,
    canonical,
  );
}

function ipv6Fault(host: string): TextFault | undefined {
  const address = parseAddress(host);
  if (address?.family === 6) return undefined;
  return textFault(
    'AddressSpelling',
    `"${clip(host)}" is neither a host nor an IPv6 address without brackets; the port is a separate field`,
    address?.text,
  );
}
