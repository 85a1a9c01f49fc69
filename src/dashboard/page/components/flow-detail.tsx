import type { DashboardFlow } from '../../wire.ts';
import { outcomeOf } from '../flows/flow-filter.ts';
import { explain } from '../flows/reasons.ts';
import { ruleSetYaml } from '../flows/rule-set-yaml.ts';
import { formatBytes, formatDuration, formatTime } from '../format.ts';
import { formatRoute } from '../route.ts';
import { now } from '../state/now.ts';
import { OutcomeBadge } from './badges.tsx';
import { Snippet } from './copy-button.tsx';

/** Details of one request: client, target, reason, and how to allow it. */
export function FlowDetail({ flow, onClose }: { flow: DashboardFlow; onClose: () => void }) {
  return (
    <section class="detail" aria-label="Request details">
      <div class="detail-head">
        <OutcomeBadge flow={flow} />
        <button type="button" class="plain" onClick={onClose}>
          Close
        </button>
      </div>
      <Sentence flow={flow} />
      <Remedy flow={flow} />
      <Facts flow={flow} />
    </section>
  );
}

function Sentence({ flow }: { flow: DashboardFlow }) {
  const { why } = explain(flow.reason);
  const verbs = {
    refused: 'was refused',
    observed: 'reached (enforce mode would refuse it)',
    allowed: 'reached',
    open: 'is connected to',
  };
  return (
    <p class="sentence">
      <ClientName flow={flow} /> {verbs[outcomeOf(flow)]} <strong class="target">{flow.target}</strong>,
      because {why}
      {flow.reason !== undefined && <span class="muted"> ({flow.reason})</span>}.
    </p>
  );
}

export function ClientName({ flow }: { flow: DashboardFlow }) {
  if (flow.pod === undefined) return <strong>{flow.client ?? 'an unknown client'}</strong>;
  return (
    <strong>
      pod {flow.namespace}/{flow.pod}
    </strong>
  );
}

function Remedy({ flow }: { flow: DashboardFlow }) {
  const outcome = outcomeOf(flow);
  const { remedy, advice } = explain(flow.reason);
  if (outcome !== 'refused' && flow.wouldDeny !== true) return null;
  return (
    <>
      <p>{advice}</p>
      {remedy === 'rule' && flow.namespace !== undefined && (
        <Snippet text={ruleSetYaml(flow.namespace, [flow.target])} label="Copy YAML" />
      )}
    </>
  );
}

/** Squid did not log how an interrupted request ended. */
function durationOf({ state, phase, durationMs }: DashboardFlow): string {
  if (state === 'open') return 'open';
  return phase === 'interrupted' ? 'interrupted: Squid ended first' : formatDuration(durationMs);
}

function Facts({ flow }: { flow: DashboardFlow }) {
  const facts: [string, string | undefined][] = [
    ['Decision id', flow.id],
    ['Time', formatTime(flow.time, now.value)],
    ['Workload', flow.owner],
    ['Client address', flow.client],
    ['Method', flow.method],
    ['URL', flow.url],
    ['User agent', flow.userAgent],
    ['Rule', flow.rule],
    ['Resolved address', flow.resolvedIP],
    ['Upstream', flow.upstream],
    ['Status', flow.status === undefined ? undefined : String(flow.status)],
    ['Squid result', flow.result],
    ['Sent / received', `${formatBytes(flow.bytesReceived)} / ${formatBytes(flow.bytesSent)}`],
    ['Duration', durationOf(flow)],
    ['Proxy pod', flow.agent],
  ];
  return (
    <>
      <dl class="facts">
        {facts.map(
          ([name, value]) =>
            value !== undefined && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {flow.revoked && (
        <p class="muted">No rule allows this connection any more; it stays open until one side closes it.</p>
      )}
      {flow.id !== undefined && (
        <p>
          <a href={formatRoute({ view: 'flows', filter: {}, id: flow.id })}>Link to this request</a>
        </p>
      )}
    </>
  );
}
