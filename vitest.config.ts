import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** By path, on every machine: the cluster's files end with the one that uninstalls. */
class ByPath extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId));
  }
}

/**
 * Three projects: `unit` needs nothing but Node; `integration` starts the neighbour that a part talks to
 * (kube-apiserver with etcd, Squid); `cluster` runs real pods on the cluster that `scripts/cluster` keeps.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: ByPath },
    projects: [
      {
        test: {
          name: 'unit',
          globalSetup: ['test/temporary-folder.ts'],
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/bench/**/*.test.ts'],
          // Properties try hundreds of cases: a busy machine takes its time.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          globalSetup: ['test/temporary-folder.ts'],
          include: ['test/integration/**/*.test.ts'],
          // Each file starts neighbours of its own; more than two crowd each other on a small machine.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
