import { residentBytes } from '../figures/processor-time.ts';
import { runLoad } from '../load.ts';
import type { WebhookContender } from './contenders.ts';

export const CLIENTS = [1, 50, 500] as const;
export type Clients = (typeof CLIENTS)[number];
export type Kind = 'mutate' | 'validate';

export interface Speed {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

/** Requests a second that 50 clients together ask for where the pace is fixed: more pods than any cluster makes. */
export const PACE = 1000;

/** By clients, each asking again at once; `paced` at a fixed rate. */
export type Speeds = Record<Clients | 'paced', Speed>;

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

/** `length`: seconds of each measurement. */
export async function measureWebhook(
  { urls, pid }: WebhookContender,
  bodies: Bodies,
  length: number,
): Promise<AdmissionFigures> {
  const post = async (url: string, files: string[], clients: number, more: Record<string, string> = {}) => {
    const flags = { url, bodies: files.join(','), ...more };
    // Its connections open one after another: that takes the longer the more there are.
    const warm = 0.3 + clients * 0.004;
    const { perSecond, p50, p99 } = await runLoad({ kind: 'post', clients, length, warm, flags });
    return { perSecond, p50, p99 };
  };
  const speeds = async (url: string, files: string[]): Promise<Speeds> => ({
    1: await post(url, files, 1),
    50: await post(url, files, 50),
    500: await post(url, files, 500),
    paced: await post(url, files, 50, { rate: String(PACE) }),
  });
  const mutate = await speeds(urls.mutate, bodies.mutate);
  const validate = urls.validate === undefined ? undefined : await speeds(urls.validate, bodies.validate);
  return { mutate, validate, memory: residentBytes(pid) };
}
