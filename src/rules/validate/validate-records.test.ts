import { describe, expect, it } from 'vitest';
import { validateEgressProxy } from './validate-proxy.ts';

type Shape = Record<string, unknown>;
const judge = (spec: Shape) =>
  validateEgressProxy({ metadata: { namespace: 'egress-proxy', name: 'squid' }, spec });
const persisted = (persistence: Shape) => ({ accessLog: { persistence } });
const PATH = 'spec.accessLog.persistence';

describe('validateRecords', () => {
  it.each<[string, Shape]>([
    ['a claim that is there', persisted({ pvc: { claimName: 'logs' } })],
    ['a claim to be made', persisted({ pvc: { size: '10Gi', storageClassName: 'standard' } })],
    ['a folder of the node', persisted({ hostPath: { path: '/var/log/squid-egress' } })],
    ['sizes', persisted({ pvc: { size: '1Gi' }, maxSize: '100Mi', fileSize: '10Mi' })],
    ['the largest buffer', { accessLog: { maxSize: '1Ti' } }],
    ['formats', { accessLog: { format: 'combined', maxSize: '128Mi' } }],
    [
      'GoAccess on a node port',
      { goAccess: { enabled: true, service: { type: 'NodePort', allowedCIDRs: ['10.0.0.0/8'] } } },
    ],
  ])('accepts %s', (_, spec) => {
    expect(judge(spec).faults).toEqual([]);
  });

  it.each<[string, Shape, string[]]>([
    ['persistence of nothing', persisted({}), [`${PATH} Required`]],
    ['two volumes', persisted({ pvc: { size: '1Gi' }, hostPath: { path: '/logs' } }), [`${PATH} Required`]],
    ['a claim without name and size', persisted({ pvc: {} }), [`${PATH}.pvc Required`]],
    ['a claim with both', persisted({ pvc: { claimName: 'a', size: '1Gi' } }), [`${PATH}.pvc Required`]],
    ['the whole node', persisted({ hostPath: { path: '/' } }), [`${PATH}.hostPath.path Unsupported`]],
    ['a way up', persisted({ hostPath: { path: '/var/../etc' } }), [`${PATH}.hostPath.path Unsupported`]],
    ['a relative path', persisted({ hostPath: { path: 'logs' } }), [`${PATH}.hostPath.path Unsupported`]],
    [
      'sizes that are none',
      { accessLog: { maxSize: '1.Gi', persistence: { pvc: { size: 'big' }, fileSize: '0' } } },
      ['spec.accessLog.maxSize Unsupported', `${PATH}.pvc.size Unsupported`, `${PATH}.fileSize Unsupported`],
    ],
    [
      'a buffer that no node has',
      { accessLog: { maxSize: '1025Gi' } },
      ['spec.accessLog.maxSize OutOfRange'],
    ],
    [
      'a file as large as all',
      persisted({ pvc: { size: '1Gi' }, maxSize: '100Mi' }),
      [`${PATH}.fileSize OutOfRange`],
    ],
    [
      'ranges that are none',
      { goAccess: { enabled: true, service: { allowedCIDRs: ['10.0.0.0/33'] } } },
      ['spec.goAccess.service.allowedCIDRs[0] CidrInvalid'],
    ],
  ])('refuses %s', (_, spec, faults) => {
    expect(judge(spec).faults.map(({ field, reason }) => `${field} ${reason}`)).toEqual(faults);
  });

  it.each<[string, Shape, RegExp]>([
    ['hostPath', persisted({ hostPath: { path: '/logs' } }), /Pod Security.*root/],
    ['one node for all', persisted({ pvc: { size: '1Gi', accessMode: 'ReadWriteOnce' } }), /same node/],
    ['a page that is closed', { goAccess: { enabled: true, service: {} } }, /allowedCIDRs/],
  ])('warns about %s', (_, spec, warning) => {
    const { faults, warnings } = judge(spec);
    expect(faults).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });
});
