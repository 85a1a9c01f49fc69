import { describe, expect, it } from 'vitest';
import { withoutTokenVolume } from './index.ts';

const token = (suffix: string) => ({ name: `kube-api-access-${suffix}`, projected: { sources: [] } });
const mount = (suffix: string) => ({
  name: `kube-api-access-${suffix}`,
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
});
const data = { name: 'data', emptyDir: {} };
const dataMount = { name: 'data', mountPath: '/data' };

describe('withoutTokenVolume', () => {
  it('makes two stored pods of one manifest equal', () => {
    const stored = (suffix: string) => ({
      containers: [
        { name: 'a', volumeMounts: [dataMount, mount(suffix)] },
        { name: 'b', volumeMounts: [mount(suffix)] },
      ],
      initContainers: [{ name: 'c', volumeMounts: [mount(suffix)] }],
      volumes: [data, token(suffix)],
    });
    const expected = {
      containers: [{ name: 'a', volumeMounts: [dataMount] }, { name: 'b' }],
      initContainers: [{ name: 'c' }],
      volumes: [data],
    };
    expect(withoutTokenVolume(stored('x2x4p'))).toEqual(expected);
    expect(withoutTokenVolume(stored('8qwzk'))).toEqual(expected);
  });

  it('leaves no empty list, which the manifest does not have either', () => {
    const stored = { containers: [{ name: 'a', volumeMounts: [mount('x2x4p')] }], volumes: [token('x2x4p')] };
    expect(withoutTokenVolume(stored)).toEqual({ containers: [{ name: 'a' }] });
  });

  it('keeps what the manifest itself has, such as that of an exported pod', () => {
    const manifest = {
      containers: [{ name: 'a', volumeMounts: [mount('x2x4p')] }],
      volumes: [token('x2x4p')],
    };
    expect(withoutTokenVolume(manifest, manifest)).toEqual(manifest);
  });
});
