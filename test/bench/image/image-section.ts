import { figure } from '../report/format.ts';
import type { ReportSection } from '../report/section.ts';
import type { PathSize } from './largest-paths.ts';

export interface Layer {
  bytes: number;
  compressed: number;
  paths: PathSize[];
}

/** Megabytes, from the issue. */
const MOST = 250;

const megabytes = (bytes: number): string => figure(bytes / 1e6);

/** What the image weighs. Pure. */
export function imageSection(layers: readonly Layer[]): ReportSection {
  const sum = (pick: (layer: Layer) => number) => layers.reduce((total, layer) => total + pick(layer), 0);
  const compressed = sum((layer) => layer.compressed);
  const rows = layers.map((layer, index) => [
    `layer ${index + 1}`,
    megabytes(layer.bytes),
    megabytes(layer.compressed),
  ]);
  return {
    name: 'image',
    title: 'Image: why each megabyte',
    blocks: [
      {
        kind: 'goals',
        goals: [
          {
            text: `under ${MOST} MB compressed`,
            found: `${megabytes(compressed)} MB`,
            met: compressed < MOST * 1e6,
          },
        ],
      },
      {
        kind: 'table',
        caption:
          'By layer: the first holds Debian, Squid and GoAccess, the second Node, the last the bundles.',
        head: ['', 'MB', 'MB compressed (gzip)'],
        rows: [...rows, ['all', megabytes(sum((layer) => layer.bytes)), megabytes(compressed)]],
      },
      {
        kind: 'table',
        caption: 'The paths that take the most.',
        head: ['path', 'layer', 'MB'],
        rows: layers
          .flatMap(({ paths }, index) =>
            paths.map(({ path, bytes }) => ({ path, bytes, layer: String(index + 1) })),
          )
          .sort((a, b) => b.bytes - a.bytes)
          .slice(0, 15)
          .map(({ path, bytes, layer }) => [path, layer, megabytes(bytes)]),
      },
    ],
  };
}
