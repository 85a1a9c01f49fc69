import type { AuditRecord, EgressActivity } from '../../../../src/api/index.ts';
import { kubectl } from '../client-pods.ts';
import { askActivity, proxyPods } from './ask-agents.ts';
import { namespaces, sumUp, type Table } from './plan.ts';

const isOurs = ({ namespace }: { namespace: string }): boolean =>
  namespaces.some((candidate) => candidate === namespace);

export function countedByAuditLog(records: readonly AuditRecord[]): Table {
  const counted = records.map(({ namespace = '', target, verdict }) => ({
    namespace,
    target,
    verdict,
    count: 1,
  }));
  return sumUp(counted.filter(isOurs));
}

export async function countedByAgents(): Promise<Table> {
  const reports = await askActivity();
  const counted = reports.flatMap((report) =>
    Object.entries(report.namespaces).flatMap(([namespace, { targets }]) =>
      targets.map(({ target, verdict, count }) => ({ namespace, target, verdict, count })),
    ),
  );
  return sumUp(counted.filter(isOurs));
}

export async function countedByEgressActivity(): Promise<Table> {
  const found = await Promise.all(namespaces.map(activityOf));
  return sumUp(
    found.flatMap(({ metadata: { namespace = '' }, status }) =>
      (status?.targets ?? []).map(({ target, verdict, count }) => ({ namespace, target, verdict, count })),
    ),
  );
}

export async function activityOf(namespace: string): Promise<EgressActivity> {
  return JSON.parse(await kubectl(`get egressactivity -n ${namespace} observed -o json`));
}

export async function countedByMetrics(): Promise<Table> {
  const texts = await Promise.all(
    (await proxyPods()).map((pod) =>
      kubectl(`get --raw /api/v1/namespaces/egress-proxy/pods/${pod}:8081/proxy/metrics`),
    ),
  );
  return sumUp(texts.flatMap((text) => text.split('\n').flatMap(sampleOf)).filter(isOurs));
}

function sampleOf(line: string) {
  const [, labels = '', value = ''] = /^kube_egress_target_requests_total\{(.*)\} (\d+)$/.exec(line) ?? [];
  const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
  if (value === '') return [];
  return [
    {
      namespace: label('namespace'),
      target: label('target'),
      verdict: label('verdict'),
      count: Number(value),
    },
  ];
}
