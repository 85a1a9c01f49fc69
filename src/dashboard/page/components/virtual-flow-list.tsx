import { useEffect, useRef, useState } from 'preact/hooks';
import type { DashboardFlow } from '../../wire.ts';
import { outcomeOf } from '../flows/flow-filter.ts';
import type { FlowList } from '../flows/flow-list.ts';
import { formatTime, splitForCut } from '../format.ts';
import { now } from '../state/now.ts';
import { OutcomeBadge, outcomeWords } from './badges.tsx';
import { useVirtualRows } from './use-virtual-rows.ts';

/** Pixels, as in style.css. */
const WIDE_ROW = 34;
const NARROW_ROW = 58;
const narrow = matchMedia('(max-width: 720px)');
/** Rows that Page Up and Page Down move by. */
const PAGE = 15;

interface VirtualFlowListProps {
  flows: FlowList;
  selected: DashboardFlow | undefined;
  onSelect: (flow: DashboardFlow) => void;
}

/** A list of thousands of requests that renders only the visible rows. Arrow keys move, Enter opens. */
export function VirtualFlowList({ flows, selected, onSelect }: VirtualFlowListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const height = useRowHeight();
  const rows = useVirtualRows(scroller, { count: flows.length, height });
  const [active, setActive] = useState<string | undefined>(selected?.key);
  const activeIndex = Math.max(
    0,
    flows.findIndex(({ key }) => key === (active ?? selected?.key)),
  );
  const move = (event: KeyboardEvent) => {
    const next = nextIndex(event.key, activeIndex, flows.length);
    const flow = flows[next ?? activeIndex];
    if (flow === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') onSelect(flow);
    else if (next === undefined) return;
    else {
      setActive(flow.key);
      rows.scrollToIndex(next);
    }
    event.preventDefault();
  };
  const activeFlow = flows[activeIndex];
  return (
    <div class="flow-table">
      <div class="flow-row head" aria-hidden="true">
        <span>Time</span>
        <span>Outcome</span>
        <span>Pod</span>
        <span>Target</span>
        <span>Rule or reason</span>
      </div>
      <div
        ref={scroller}
        class="scroller"
        role="listbox"
        tabIndex={0}
        aria-label="Requests, newest first"
        aria-activedescendant={activeFlow && rowId(activeFlow)}
        onKeyDown={move}
      >
        <div role="presentation" style={{ height: `${rows.getTotalSize()}px` }} class="sizer">
          {rows.getVirtualItems().map(({ index, start }) => {
            const flow = flows[index];
            return (
              flow !== undefined && (
                <Row
                  key={flow.key}
                  flow={flow}
                  position={index + 1}
                  total={flows.length}
                  start={start}
                  isActive={index === activeIndex}
                  isSelected={flow.key === selected?.key}
                  onSelect={() => {
                    setActive(flow.key);
                    onSelect(flow);
                  }}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  flow: DashboardFlow;
  position: number;
  total: number;
  start: number;
  isActive: boolean;
  isSelected: boolean;
  onSelect: () => void;
}

function Row({ flow, position, total, start, isActive, isSelected, onSelect }: RowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox handles the keyboard
    <div
      id={rowId(flow)}
      class={isActive ? 'flow-row active' : 'flow-row'}
      role="option"
      tabIndex={-1}
      aria-label={labelOf(flow)}
      aria-selected={isSelected}
      aria-posinset={position}
      aria-setsize={total}
      style={{ transform: `translateY(${start}px)` }}
      onClick={onSelect}
    >
      <time class="muted" dateTime={flow.time}>
        {formatTime(flow.time, now.value)}
      </time>
      <OutcomeBadge flow={flow} />
      <span class="pod">{clientOf(flow)}</span>
      <Target target={flow.target} />
      <span class="why muted">{flow.rule ?? flow.reason}</span>
    </div>
  );
}

/** A target in one line. If it is too long, it is cut in the middle, so that its port stays visible. */
function Target({ target }: { target: string }) {
  const { start, end } = splitForCut(target);
  return (
    <span class="target one-line" title={target}>
      <span class="start">{start}</span>
      {end}
    </span>
  );
}

function nextIndex(key: string, index: number, count: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + PAGE,
    PageUp: index - PAGE,
    Home: 0,
    End: count - 1,
  };
  const next = steps[key];
  return next === undefined ? undefined : Math.min(count - 1, Math.max(0, next));
}

function useRowHeight(): number {
  const [isNarrow, setNarrow] = useState(narrow.matches);
  useEffect(() => {
    const follow = () => setNarrow(narrow.matches);
    narrow.addEventListener('change', follow);
    return () => narrow.removeEventListener('change', follow);
  }, []);
  return isNarrow ? NARROW_ROW : WIDE_ROW;
}

function clientOf({ client, namespace, pod }: DashboardFlow): string {
  return pod === undefined ? (client ?? 'unknown client') : `${namespace}/${pod}`;
}

/** Reads the row as one sentence; the cut target would be read in two pieces. */
function labelOf(flow: DashboardFlow): string {
  const { target, rule, reason = '' } = flow;
  return `${formatTime(flow.time, now.value)} ${outcomeWords[outcomeOf(flow)]} ${clientOf(flow)} ${target} ${rule ?? reason}`;
}

const rowId = ({ key }: DashboardFlow): string => `flow-${key.replace(/[^\w-]/g, '_')}`;
