import { setTimeout as sleep } from 'node:timers/promises';
import { processorTime, residentBytes } from '../figures/processor-time.ts';
import { runLoad } from '../load.ts';
import type { WebhookContender } from './contenders.ts';

export type Kind = 'mutate' | 'validate';

export interface Speed {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Microseconds of the webhook's processor time that a request takes. */
  cost: number;
}

/** Requests a second that 50 clients together ask for where the pace is fixed: more pods than any cluster makes. */
export const PACE = 1000;

/** By number of clients, each of which asks again immediately; `paced` are 50 at a fixed rate. */
export type Speeds = Record<1 | 50 | 500 | 'paced', Speed>;

export interface AdmissionFigures {
  mutate: Speeds;
  validate: Speeds | undefined;
  /** Bytes, after the load. */
  memory: number;
}

/** Files with a review each. */
export interface Bodies {
  mutate: string[];
  validate: string[];
}

/** Milliseconds in which a server gets rid of the connections of 500 clients; the next measurement is to have none of it. */
const SETTLE = 2000;

/** Asks for so many seconds what will be measured, uncounted: a webhook that runs for weeks has its code compiled. */
export async function warmUp({ urls }: WebhookContender, bodies: Bodies, length: number): Promise<void> {
  for (const kind of ['mutate', 'validate'] as const) {
    const url = urls[kind];
    if (url === undefined) continue;
    await runLoad({ kind: 'post', clients: 50, length, flags: { url, bodies: bodies[kind].join(',') } });
  }
}

/** `length`: seconds of each measurement. The 500 clients come last, since all that follows them meets what they leave. */
export async function measureWebhook(
  { urls, pid }: WebhookContender,
  bodies: Bodies,
  length: number,
): Promise<AdmissionFigures> {
  const speeds = async (kind: Kind, url: string) => {
    const ask = (clients: number, more: Record<string, string> = {}) =>
      post(pid, { url, bodies: bodies[kind].join(','), ...more }, clients, length);
    return { 1: await ask(1), 50: await ask(50), paced: await ask(50, { rate: String(PACE) }), ask };
  };
  const mutate = await speeds('mutate', urls.mutate);
  const validate = urls.validate === undefined ? undefined : await speeds('validate', urls.validate);
  const figures = {
    mutate: { ...mutate, 500: await mutate.ask(500) },
    validate: validate && { ...validate, 500: await validate.ask(500) },
    memory: residentBytes(pid),
  };
  await sleep(SETTLE);
  return figures;
}

async function post(
  pid: number,
  flags: Record<string, string>,
  clients: number,
  length: number,
): Promise<Speed> {
  // Its connections open one after another: that takes the longer the more there are.
  const warm = 0.3 + clients * 0.004;
  const before = processorTime(pid);
  const { perSecond, p50, p99, allAnswered } = await runLoad({ kind: 'post', clients, length, warm, flags });
  const cost = ((processorTime(pid) - before) * 1000) / allAnswered;
  return { perSecond, p50, p99, cost };
}
