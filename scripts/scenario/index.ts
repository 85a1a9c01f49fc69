/** The scenarios of scripts/demo: chapters in order, each of which may rely on the chapters before it. */
import { guards, noWayAround } from './around.ts';
import { audited } from './audit.ts';
import type { Chapter } from './chapter.ts';
import { gkeNamespaces, gkeScenario } from './gke/index.ts';
import { rulesAreLive } from './live.ts';
import { articles, clusterScope, defaultMode, narrowed, observe } from './modes.ts';
import { namesPass, refusalHelps } from './names.ts';
import { optIn } from './opt-in.ts';
import { badRules } from './refused-rules.ts';
import { repaired } from './repair.ts';
import { spokenNames } from './spoken-names.ts';

export const mainScenario = [
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
  spokenNames,
  defaultMode,
  repaired,
  audited,
];

/** Namespaces that the chapters create. */
export const mainNamespaces = [
  'my-app',
  'bystander',
  'watched',
  'newcomer',
  'narrow',
  'team-b',
  'horizons',
  'closed',
  'closed-proxy',
];

/** Scenarios by the name that `scripts/demo --scenario` takes. */
export const scenarios: Record<string, Scenario> = {
  main: {
    chapters: mainScenario,
    namespaces: mainNamespaces,
    look: [
      'kubectl describe egressproxy squid -n egress-proxy',
      'kubectl logs -n egress-proxy -l app=squid -f              # the audit log',
      'kubectl exec -n my-app api -- curl -v https://forbidden.example.com/',
    ],
  },
  gke: {
    chapters: gkeScenario,
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

interface Scenario {
  chapters: readonly Chapter[];
  /** In the order in which they can be deleted. */
  namespaces: readonly string[];
  /** Commands to look around with. */
  look: readonly string[];
}

export { type Chapter, ChapterRun } from './chapter.ts';
export { gkeNamespaces, gkeScenario } from './gke/index.ts';
