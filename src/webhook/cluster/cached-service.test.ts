import { describe, expect, it } from 'vitest';
import { trimService } from './cached-service.ts';

describe('trimService', () => {
  it.each([
    ['a ClusterIP', { clusterIP: '10.96.0.7' }, '10.96.0.7', false],
    ['None', { clusterIP: 'None' }, undefined, true],
    ['no address yet', { clusterIP: '' }, undefined, false],
    ['an ExternalName', { type: 'ExternalName', externalName: 'db.example.com' }, undefined, false],
    ['no spec', undefined, undefined, false],
  ])('%s', (_, spec, clusterIP, isHeadless) => {
    const metadata = { name: 'db', namespace: 'my-app' };
    const service = { apiVersion: 'v1', kind: 'Service', metadata, ...(spec && { spec }) };
    expect(trimService(service)).toMatchObject({ clusterIP, isHeadless });
  });
});
