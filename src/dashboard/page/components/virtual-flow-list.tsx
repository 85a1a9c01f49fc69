import { useEffect, useRef, useState } from 'preact/hooks';
import type { DashboardFlow } from '../../wire.ts';
import type { FlowList } from '../flows/flow-list.ts';
import { formatTime } from '../format.ts';
import { now } from '../state/now.ts';
import { OutcomeBadge } from './badges.tsx';
import { useVirtualRows } from './use-virtual-rows.ts';

/** Pixels, as in the style sheet. */
const WIDE_ROW = 34;
const NARROW_ROW = 58;
const narrow = matchMedia('(max-width: 720px)');
/** Rows of a page, for Page Up and Page Down. */
const PAGE = 15;

interface VirtualFlowListProps {
  flows: FlowList;
  selected: DashboardFlow | undefined;
  onSelect: (flow: DashboardFlow) => void;
}

/** Thousands of requests, of which those in sight are drawn. Arrow keys move, Enter opens. */
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
        <span>Why</span>
      </div>
      <div
        ref={scroller}
        class="scroller"
        role="listbox"
        tabIndex={0}
        aria-label="Requests, the newest first"
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
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox around it has the keyboard
    <div
      id={rowId(flow)}
      class={isActive ? 'flow-row active' : 'flow-row'}
      role="option"
      tabIndex={-1}
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
      <span class="pod">{flow.pod === undefined ? flow.client : `${flow.namespace}/${flow.pod}`}</span>
      <span class="target">{flow.target}</span>
      <span class="why muted">{flow.rule ?? flow.reason}</span>
    </div>
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

const rowId = ({ key }: DashboardFlow): string => `flow-${key.replace(/[^\w-]/g, '_')}`;
