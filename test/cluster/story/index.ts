/** The product's story in order; each chapter may build on those before it. */
import { guards, noWayAround } from './around.ts';
import { audited } from './audit.ts';
import { rulesAreLive } from './live.ts';
import { articles, clusterScope, defaultMode, narrowed, observe } from './modes.ts';
import { namesPass, refusalHelps } from './names.ts';
import { optIn } from './opt-in.ts';
import { badRules } from './refused-rules.ts';
import { repaired } from './repair.ts';

export const story = [
  optIn,
  namesPass,
  refusalHelps,
  rulesAreLive,
  noWayAround,
  guards,
  badRules,
  observe,
  narrowed,
  clusterScope,
  articles,
  defaultMode,
  repaired,
  audited,
];

/** The namespaces that the chapters make. */
export const storyNamespaces = ['my-app', 'bystander', 'watched', 'newcomer', 'narrow', 'team-b', 'horizons'];

export { type Chapter, Story } from './story.ts';
