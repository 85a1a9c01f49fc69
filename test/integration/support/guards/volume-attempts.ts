import type { Attempt } from './attempt.ts';

/** A valid source of each kind of volume that a pod can have inline. */
const admitted: Record<string, object> = {
  emptyDir: {},
  configMap: { name: 'any' },
  secret: { secretName: 'any' },
  projected: { sources: [{ configMap: { name: 'any' } }] },
  downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] },
  persistentVolumeClaim: { claimName: 'any' },
  ephemeral: {
    volumeClaimTemplate: {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  },
  image: { reference: 'registry.example.com/any:1' },
};
const address = '203.0.113.1';
const inlineNetwork: Record<string, object> = {
  awsElasticBlockStore: { volumeID: 'vol-1' },
  azureDisk: { diskName: 'd', diskURI: 'https://a.blob.core.windows.net/c/d.vhd', kind: 'Shared' },
  azureFile: { secretName: 's', shareName: 's' },
  cephfs: { monitors: [address] },
  cinder: { volumeID: 'v' },
  fc: { targetWWNs: ['50060e801049cfd1'], lun: 0 },
  flexVolume: { driver: 'any/cifs' },
  flocker: { datasetName: 'd' },
  gcePersistentDisk: { pdName: 'd' },
  gitRepo: { repository: `https://${address}/any` },
  glusterfs: { endpoints: 'e', path: 'p' },
  iscsi: { targetPortal: address, iqn: 'iqn.2001-04.com.example:storage.disk1', lun: 0 },
  nfs: { server: address, path: '/' },
  photonPersistentDisk: { pdID: 'p' },
  portworxVolume: { volumeID: 'v' },
  quobyte: { registry: `${address}:7861`, volume: 'v' },
  rbd: { monitors: [address], image: 'i' },
  scaleIO: { gateway: `https://${address}`, secretRef: { name: 's' }, system: 's', volumeName: 'v' },
  storageos: { volumeName: 'v' },
  vsphereVolume: { volumePath: 'p' },
};
const refusals: Record<string, string> = {
  hostPath: 'a hostPath volume',
  csi: 'an inline CSI volume',
  ...Object.fromEntries(Object.keys(inlineNetwork).map((kind) => [kind, 'an inline network volume'])),
};
const sources = {
  ...admitted,
  ...inlineNetwork,
  hostPath: { path: '/run' },
  csi: { driver: 'smb.csi.k8s.io' },
};

export const volumeKinds = Object.keys(sources);

export const volumeAttempts: Attempt[] = Object.entries(sources).map(([kind, source]) => ({
  name: `a volume of the kind ${kind}`,
  who: 'tenant',
  kubectl: 'create -f -',
  object: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'tried', namespace: 'enforced' },
    spec: {
      containers: [{ name: 'main', image: 'none' }],
      volumes: [{ name: 'v', [kind]: source }],
    },
  },
  ...(refusals[kind] !== undefined && { refused: refusals[kind] }),
}));
