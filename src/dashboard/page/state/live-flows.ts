import { signal } from '@preact/signals';
import type { AgentState, FlowAnswer } from '../../wire.ts';
import { type FlowList, mergeFlows } from '../flows/flow-list.ts';
import type { FetchFailure } from './fetch-json.ts';
import { ask, poll } from './polled.ts';

/** What was told of flows, as long as somebody is signed in: every view that shows flows has the same ones. */
export const flows = signal<FlowList>([]);
export const flowAgents = signal<readonly AgentState[]>([]);
export const missed = signal(0);
export const flowsFailure = signal<FetchFailure | undefined>(undefined);
/** False until the first whole answer. */
export const flowsLoaded = signal(false);

/** Milliseconds. */
const INTERVAL = 1_000;

/** Follows the flows until the function that comes back is called. */
export function followFlows(): () => void {
  let cursor = '';
  const askAll = async () => {
    let more = true;
    while (more) {
      const answer = await ask<FlowAnswer>(`flows?after=${encodeURIComponent(cursor)}`);
      cursor = answer.cursor;
      more = answer.more;
      flows.value = mergeFlows(flows.value, answer);
      flowAgents.value = answer.agents;
      missed.value = answer.missed;
    }
    flowsLoaded.value = true;
  };
  const stop = poll(askAll, INTERVAL, (step) => {
    flowsFailure.value = step({ data: undefined, failure: undefined, at: undefined }).failure;
  });
  return () => {
    stop();
    flows.value = [];
    flowsLoaded.value = false;
  };
}
