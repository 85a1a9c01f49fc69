import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Benchmark } from '../benchmark.ts';
import { imageSection, type Layer } from './image-section.ts';
import { largestPaths } from './largest-paths.ts';

const ROOT = join(import.meta.dirname, '../../..');
const IMAGE = 'localhost/kube-egress:bench';

/** What the image weighs. There is nothing to repeat here: the same files give the same bytes. */
export const imageBenchmark: Benchmark = {
  name: 'image',
  summary: 'the size of the image: by layer, and which paths take the most',
  async run({ progress }) {
    progress('building the bundles and the image');
    const node = process.execPath;
    execFileSync(node, [join(ROOT, 'scripts/build/build.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });
    const folder = mkdtempSync(join(tmpdir(), 'kube-egress-image-'));
    try {
      execFileSync('bash', [join(import.meta.dirname, 'export-image.sh'), IMAGE, folder], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      progress('compressing its layers');
      return imageSection(readLayers(folder));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

interface Manifest {
  Layers: string[];
}

function readLayers(folder: string): Layer[] {
  const [manifest] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest[];
  return (manifest?.Layers ?? []).map((layer) => {
    const path = join(folder, layer);
    const listing = execFileSync('tar', ['-tvf', path], { encoding: 'utf8', maxBuffer: 1 << 28 });
    return {
      bytes: statSync(path).size,
      // As registries keep it and nodes pull it.
      compressed: gzipSync(readFileSync(path), { level: 6 }).length,
      paths: largestPaths(listing, { deep: 4, most: 12 }),
    };
  });
}
