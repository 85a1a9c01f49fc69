/** The product's story in order; each chapter may build on those before it. */
import { guards, noWayAround } from './around.ts';
import { audited } from './audit.ts';
import { gkeNamespaces, gkeStory } from './gke/index.ts';
import { rulesAreLive } from './live.ts';
import { articles, clusterScope, defaultMode, narrowed, observe } from './modes.ts';
import { namesPass, refusalHelps } from './names.ts';
import { optIn } from './opt-in.ts';
import { badRules } from './refused-rules.ts';
import { repaired } from './repair.ts';
import type { Chapter } from './story.ts';

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

/** Every story, by the name that `scripts/demo --story` knows. */
export const stories: Record<string, Telling> = {
  main: {
    chapters: story,
    namespaces: storyNamespaces,
    look: [
      'kubectl describe egressproxy squid -n egress-proxy',
      'kubectl logs -n egress-proxy -l app=squid -f              # the audit log',
      'kubectl exec -n my-app api -- curl -v https://forbidden.example.com/',
    ],
  },
  gke: {
    chapters: gkeStory,
    namespaces: gkeNamespaces,
    look: [
      'kubectl describe egressproxy squid-proxy -n intra-proxy',
      'kubectl logs -n intra-proxy -l app=squid-proxy -f',
      'kubectl exec -n api api -- curl -v https://login.microsoft.com/',
      'scripts/cluster enter vm-1 tail -f /var/log/squid/access.log',
      'scripts/cluster vm 1 off                                 # and: on',
    ],
  },
};

interface Telling {
  chapters: readonly Chapter[];
  /** In the order in which they can be deleted. */
  namespaces: readonly string[];
  /** Commands to look around with. */
  look: readonly string[];
}

export { gkeNamespaces, gkeStory } from './gke/index.ts';
export { type Chapter, Story } from './story.ts';
