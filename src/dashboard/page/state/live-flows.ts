import { signal } from '@preact/signals';
import type { AgentState, FlowAnswer } from '../../wire.ts';
import { type FlowList, mergeFlows } from '../flows/flow-list.ts';
import type { FetchFailure } from './fetch-json.ts';
import { fetchAsViewer, poll } from './polled.ts';

/** The newest flows, shared by all views; filled while a viewer is signed in. */
export const flows = signal<FlowList>([]);
export const flowAgents = signal<readonly AgentState[]>([]);
export const missed = signal(0);
export const flowsFailure = signal<FetchFailure | undefined>(undefined);
/** False until the first complete answer. */
export const flowsLoaded = signal(false);

/** Milliseconds. */
const INTERVAL = 1_000;

/** Polls the flows. The returned function stops it. */
export function pollFlows(): () => void {
  let cursor = '';
  const readAll = async () => {
    let more = true;
    while (more) {
      const answer = await fetchAsViewer<FlowAnswer>(`flows?after=${encodeURIComponent(cursor)}`);
      cursor = answer.cursor;
      more = answer.more;
      flows.value = mergeFlows(flows.value, answer);
      flowAgents.value = answer.agents;
      missed.value = answer.missed;
    }
    flowsLoaded.value = true;
  };
  const stop = poll(readAll, INTERVAL, (step) => {
    flowsFailure.value = step({ data: undefined, failure: undefined, at: undefined }).failure;
  });
  return () => {
    stop();
    flows.value = [];
    flowsLoaded.value = false;
  };
}
