import { type Fault, faultAt, textFault } from '../fault.ts';
import { parseBytes } from './quantity.ts';
import { type Fields, fieldOf, readFields, readText } from './read-fields.ts';
import { readRanges } from './read-ranges.ts';

const PATH = 'spec.accessLog.persistence';
/** Bytes of the most log that a proxy pod buffers: its volume has twice as much. */
const MOST_BUFFERED_BYTES = 2 ** 40;

/** Validates spec.accessLog and spec.goAccess. */
export function validateRecords(spec: Fields): Fault[] {
  const faults: Fault[] = [];
  const accessLog = readFields(spec, 'accessLog', 'spec.accessLog', faults);
  const persistence = readFields(accessLog, 'persistence', PATH, faults);
  const service = serviceOf(spec, faults);
  return [
    ...faults,
    ...sizeFaults(accessLog, 'maxSize', 'spec.accessLog.maxSize'),
    ...bufferFaults(accessLog),
    ...(persistence === undefined ? [] : validatePersistence(persistence)),
    ...readRanges(service, 'allowedCIDRs', 'spec.goAccess.service.allowedCIDRs').faults,
  ];
}

/** Warnings about valid settings with surprising effects. */
export function warnAboutRecords(spec: Fields): string[] {
  const faults: Fault[] = [];
  const accessLog = readFields(spec, 'accessLog', 'spec.accessLog', faults);
  const persistence = readFields(accessLog, 'persistence', PATH, faults);
  const warnings: string[] = [];
  if (fieldOf(persistence, 'hostPath') !== undefined)
    warnings.push(
      `${PATH}.hostPath: the Pod Security levels baseline and restricted forbid such pods, and a container runs as root to give the folder to the agent; a claim needs neither`,
    );
  const accessMode = fieldOf(fieldOf(persistence, 'pvc'), 'accessMode');
  if (accessMode === 'ReadWriteOnce' && fieldOf(spec, 'replicas') !== 1)
    warnings.push(
      `${PATH}.pvc.accessMode: with ReadWriteOnce all pods of the proxy must run on the same node`,
    );
  const service = serviceOf(spec, faults);
  if (service !== undefined && readRanges(service, 'allowedCIDRs', '').ranges.length === 0)
    warnings.push('spec.goAccess.service: without allowedCIDRs only a port-forward reaches the page');
  return warnings;
}

function serviceOf(spec: Fields, faults: Fault[]): Fields | undefined {
  const goAccess = readFields(spec, 'goAccess', 'spec.goAccess', faults);
  return readFields(goAccess, 'service', 'spec.goAccess.service', faults);
}

function validatePersistence(persistence: Fields): Fault[] {
  const faults: Fault[] = [];
  const pvc = readFields(persistence, 'pvc', `${PATH}.pvc`, faults);
  const hostPath = readFields(persistence, 'hostPath', `${PATH}.hostPath`, faults);
  if ((pvc === undefined) === (hostPath === undefined) && faults.length === 0)
    faults.push(faultAt(PATH, textFault('Required', 'set either pvc or hostPath')));
  return [
    ...faults,
    ...(pvc === undefined ? [] : validateClaim(pvc)),
    ...(hostPath === undefined ? [] : validateHostPath(hostPath)),
    ...validateSizes(persistence),
  ];
}

function validateClaim(pvc: Fields): Fault[] {
  const faults: Fault[] = [];
  const claimName = readText(pvc, 'claimName', `${PATH}.pvc.claimName`, faults);
  const size = readText(pvc, 'size', `${PATH}.pvc.size`, faults);
  if ((claimName === undefined) === (size === undefined) && faults.length === 0)
    faults.push(
      faultAt(
        `${PATH}.pvc`,
        textFault('Required', 'set either claimName (an existing claim) or size (a claim to create)'),
      ),
    );
  return [...faults, ...sizeFaults(pvc, 'size', `${PATH}.pvc.size`)];
}

function validateHostPath(hostPath: Fields): Fault[] {
  const faults: Fault[] = [];
  const path = readText(hostPath, 'path', `${PATH}.hostPath.path`, faults) ?? '';
  if (!/^\/[^/]/.test(path) || path.split('/').includes('..'))
    faults.push(
      faultAt(
        `${PATH}.hostPath.path`,
        textFault('Unsupported', 'this must be an absolute path of the node such as /var/log/squid-egress'),
      ),
    );
  return faults;
}

function validateSizes(persistence: Fields): Fault[] {
  const faults = ['maxSize', 'fileSize'].flatMap((name) => sizeFaults(persistence, name, `${PATH}.${name}`));
  if (faults.length > 0) return faults;
  const [most = 0, one = 0] = [
    ['maxSize', '1Gi'],
    ['fileSize', '64Mi'],
  ].map(([name = '', fallback = '']) => parseBytes(String(fieldOf(persistence, name) ?? fallback)));
  if (one * 2 <= most) return [];
  return [
    faultAt(
      `${PATH}.fileSize`,
      textFault('OutOfRange', 'maxSize must be at least twice fileSize (default 64Mi)'),
    ),
  ];
}

function bufferFaults(accessLog: Fields | undefined): Fault[] {
  if ((parseBytes(String(fieldOf(accessLog, 'maxSize'))) ?? 0) <= MOST_BUFFERED_BYTES) return [];
  return [faultAt('spec.accessLog.maxSize', textFault('OutOfRange', 'this must be at most 1Ti'))];
}

function sizeFaults(owner: Fields | undefined, name: string, path: string): Fault[] {
  const faults: Fault[] = [];
  const size = readText(owner, name, path, faults);
  if (size === undefined || (parseBytes(size) ?? 0) > 0) return faults;
  return [faultAt(path, textFault('Unsupported', 'this must be a size such as 64Mi'))];
}
