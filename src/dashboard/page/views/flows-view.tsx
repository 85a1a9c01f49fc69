import { useEffect, useMemo, useState } from 'preact/hooks';
import type { DashboardFlow } from '../../wire.ts';
import { FlowDetail } from '../components/flow-detail.tsx';
import { FlowFilterBar } from '../components/flow-filter-bar.tsx';
import { Empty, Loading } from '../components/notices.tsx';
import { VirtualFlowList } from '../components/virtual-flow-list.tsx';
import { type FlowFilter, isEmpty, matches } from '../flows/flow-filter.ts';
import type { FlowList } from '../flows/flow-list.ts';
import { formatCount, plural } from '../format.ts';
import { formatRoute } from '../route.ts';
import { flows, flowsFailure, flowsLoaded, missed } from '../state/live-flows.ts';
import { replaceRoute } from '../state/location.ts';

export function FlowsView({ filter, id }: { filter: FlowFilter; id: string | undefined }) {
  const [paused, setPaused] = useState<FlowList | undefined>();
  const shown = paused ?? flows.value;
  const found = useMemo(() => shown.filter((flow) => matches(flow, filter)), [shown, filter]);
  const selected = useMemo(() => find(shown, flows.value, id), [shown, flows.value, id]);
  const select = (flow: DashboardFlow | undefined) =>
    replaceRoute({ view: 'flows', filter, ...(flow !== undefined && { id: flow.id ?? flow.key }) });
  return (
    <div class="flows">
      <div class="title-line">
        <h1>Live requests</h1>
        <PauseButton paused={paused} onPause={setPaused} />
      </div>
      <FlowFilterBar filter={filter} id={id} />
      <p class="muted" role="status">
        {summaryOf(found, shown)}
        {missed.value > 0 &&
          ` ${formatCount(missed.value)} more came too fast to be listed; the counts include them.`}
      </p>
      <div class={selected === undefined ? 'split' : 'split open'}>
        {found.length === 0 ? (
          <Nothing filtered={!isEmpty(filter)} />
        ) : (
          <VirtualFlowList flows={found} selected={selected} onSelect={select} />
        )}
        {id !== undefined && <Selected id={id} flow={selected} onClose={() => select(undefined)} />}
      </div>
    </div>
  );
}

function Selected({
  id,
  flow,
  onClose,
}: {
  id: string;
  flow: DashboardFlow | undefined;
  onClose: () => void;
}) {
  useEffect(() => {
    const close = ({ key }: KeyboardEvent) => {
      if (key === 'Escape') onClose();
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  });
  if (flow !== undefined) return <FlowDetail flow={flow} onClose={onClose} />;
  if (!flowsLoaded.value) return <Loading what="the request" />;
  return (
    <section class="detail" aria-label="Request details">
      <Empty title={`Decision ${id} is not among the newest requests.`}>
        Search the audit log: <code>kubectl logs -n egress-proxy -l app=squid --tail=-1 | grep {id}</code>
        <p>
          <button type="button" class="plain" onClick={onClose}>
            Close
          </button>
        </p>
      </Empty>
    </section>
  );
}

function PauseButton({
  paused,
  onPause,
}: {
  paused: FlowList | undefined;
  onPause: (list: FlowList | undefined) => void;
}) {
  const news = useMemo(() => countNews(paused, flows.value), [paused, flows.value]);
  if (paused === undefined) {
    return (
      <button type="button" onClick={() => onPause(flows.value)}>
        Pause
      </button>
    );
  }
  return (
    <button type="button" class="primary" onClick={() => onPause(undefined)}>
      Resume ({formatCount(news)} new)
    </button>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  if (!flowsLoaded.value) return flowsFailure.value === undefined ? <Loading what="requests" /> : null;
  if (filtered) {
    return (
      <Empty title="No request matches.">
        <a href={formatRoute({ view: 'flows', filter: {} })}>Show all requests</a>
      </Empty>
    );
  }
  return (
    <Empty title="No requests yet.">
      Each request of a pod in an opted-in namespace appears here, whether it is allowed or refused.
    </Empty>
  );
}

function summaryOf(found: FlowList, shown: FlowList): string {
  if (shown.length === 0) return '';
  if (found.length === shown.length) return `The newest ${plural(shown.length, 'request')}.`;
  return `${formatCount(found.length)} of the newest ${plural(shown.length, 'request')}.`;
}

/** Finds a flow by its decision id, or by its key if it has none. */
function find(shown: FlowList, live: FlowList, id: string | undefined): DashboardFlow | undefined {
  if (id === undefined) return undefined;
  const isIt = (flow: DashboardFlow) => flow.id === id || flow.key === id;
  return shown.find(isIt) ?? live.find(isIt);
}

function countNews(paused: FlowList | undefined, live: FlowList): number {
  if (paused === undefined || paused === live) return 0;
  const known = new Set(paused.map(({ key }) => key));
  return live.reduce((count, { key }) => (known.has(key) ? count : count + 1), 0);
}
