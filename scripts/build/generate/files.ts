import {
  clusterEgressRuleSetKind,
  egressActivityKind,
  egressProxyKind,
  egressRequestKind,
  egressRuleSetKind,
  egressTargetGroupKind,
} from '../../../src/api/index.ts';
import { renderAuditReference, renderAuditSchema } from './audit-reference.ts';
import { renderBiomeConfig } from './biome.ts';
import { renderChart } from './chart.ts';
import { renderCrd } from './crd.ts';
import { renderDashboard } from './dashboard.ts';
import { renderMetricsReference } from './metrics-reference.ts';
import { renderPrometheusRule } from './monitoring.ts';
import { renderReference } from './reference.ts';
import { renderTimingHeader } from './timing-header.ts';

export const kinds = [
  egressRuleSetKind,
  clusterEgressRuleSetKind,
  egressProxyKind,
  egressActivityKind,
  egressRequestKind,
  egressTargetGroupKind,
];

/** Every generated file: its path in the repository and its content. */
export function generatedFiles(): Map<string, string> {
  return new Map([
    ...kinds.map((kind) => [`manifests/base/crds/${kind.plural}.yaml`, renderCrd(kind)] as const),
    ...kinds.map((kind) => [`docs/reference/${kind.singular}.md`, renderReference(kind)] as const),
    ...renderChart(kinds),
    ['docs/reference/audit-record.md', renderAuditReference()],
    ['docs/reference/audit-record.schema.json', renderAuditSchema()],
    ['docs/reference/metrics.md', renderMetricsReference()],
    ['manifests/components/monitoring/prometheus-rule.yaml', renderPrometheusRule()],
    ['manifests/components/monitoring/dashboard.json', renderDashboard()],
    ['biome.json', renderBiomeConfig()],
    ['src/relay/timing.h', renderTimingHeader()],
  ]);
}
