import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { testClusters } from './test/cluster/support/clusters.ts';

/** By path, on every machine: of the cluster's files the one that uninstalls begins last. */
class ByPath extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId));
  }
}

const UPGRADE = 'test/cluster/upgrade.test.ts';
const FAULTS = 'test/cluster/faults.test.ts';
const SOAK = 'test/cluster/soak.test.ts';
const END = 'test/cluster/rbac.test.ts';
/** What they measure would be the load of a file beside them, and that file's deadlines would pass. */
const LOAD = [
  FAULTS,
  SOAK,
  'test/cluster/six-applications.test.ts',
  'test/cluster/two-nodes-availability.test.ts',
];

/**
 * Eleven projects: `unit` needs nothing but Node; `integration` starts the neighbour that a part talks to
 * (kube-apiserver with etcd, Squid); `cluster` runs real pods on clusters that `scripts/cluster` keeps,
 * `cluster-load` the files that load the machine, one after the other, and `cluster-end` looks at what all of them have done. `upgrade` builds the previous release too, and runs on demand, as do
 * `release`, `installs`, `cert-manager`, all faults of `faults`, of which `cluster` has a few, and the half hour of `soak`, of which it has half a minute.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: ByPath },
    projects: [
      {
        test: {
          name: 'unit',
          globalSetup: ['test/support/temporary-folder.ts'],
          include: [
            'src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/{bench,compatibility,docs,faults,soak,support}/**/*.test.ts',
          ],
          // Properties try hundreds of cases: a busy machine takes its time.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          globalSetup: ['test/support/temporary-folder.ts'],
          include: ['test/integration/**/*.test.ts'],
          // Each file starts its own neighbours and waits for them half of its time: on two cores, three files in parallel
          // take three quarters of the time of two.
          maxWorkers: 3,
          // Longer than any wait inside of a test, which says by itself what never came.
          testTimeout: 150_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'upgrade',
          include: [UPGRADE],
          setupFiles: ['test/cluster/support/own-cluster.ts'],
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'release',
          include: ['test/release/*.test.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
        },
      },
      {
        test: {
          name: 'installs',
          include: ['test/installs/*.test.ts'],
          setupFiles: ['test/cluster/support/own-cluster.ts'],
          maxWorkers: 1,
          testTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'cert-manager',
          include: ['test/cert-manager/*.test.ts'],
          setupFiles: ['test/cluster/support/own-cluster.ts'],
          maxWorkers: 1,
          testTimeout: 600_000,
          // Its controller may have to be built.
          hookTimeout: 1_800_000,
        },
      },
      {
        test: {
          name: 'faults',
          include: [FAULTS],
          setupFiles: ['test/cluster/support/own-cluster.ts'],
          maxWorkers: 1,
          hookTimeout: 300_000,
          env: { KUBE_EGRESS_FAULTS: process.env['KUBE_EGRESS_FAULTS'] ?? 'all' },
        },
      },
      {
        test: {
          name: 'soak',
          include: [SOAK],
          setupFiles: ['test/cluster/support/own-cluster.ts'],
          maxWorkers: 1,
          hookTimeout: 300_000,
          env: { KUBE_EGRESS_SOAK_MINUTES: process.env['KUBE_EGRESS_SOAK_MINUTES'] ?? '30' },
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/*.test.ts'],
          exclude: [UPGRADE, END, ...LOAD],
          setupFiles: ['test/cluster/support/own-cluster.ts'],
          // Whichever cluster is free takes the next file.
          maxWorkers: testClusters.length,
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'cluster-load',
          include: LOAD,
          setupFiles: ['test/cluster/support/own-cluster.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'cluster-end',
          include: [END],
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
