import { type Clock, sleep } from '../../kube/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Batch, Position, Segments } from './segments.ts';

export interface SegmentReaderOptions {
  /** For the log: what is held up. */
  what: string;
  segments: Pick<Segments, 'read'>;
  position: () => Position;
  /** Takes a batch and remembers that it did. */
  take: (batch: Batch) => Promise<void>;
  /** A whole segment has been taken. */
  onSegment: () => Promise<void>;
  clock: Clock;
  log: Log;
}

/** Milliseconds between two looks when there is nothing new, and after a failure. */
const POLL = 100;
const RETRY = 1000;

/** Reads until the signal is aborted and everything written before has been taken. */
export async function readSegments(options: SegmentReaderOptions, signal: AbortSignal): Promise<void> {
  const { clock, log, what } = options;
  for (;;) {
    const stopping = signal.aborted;
    try {
      if (await step(options)) continue;
      if (stopping) return;
      await sleep(clock, POLL, signal);
    } catch (err) {
      log.error({ err }, `${what} is held up`);
      if (stopping) return;
      await sleep(clock, RETRY, signal);
    }
  }
}

/** False when there was nothing to do. */
async function step({ segments, position, take, onSegment }: SegmentReaderOptions): Promise<boolean> {
  const { segment } = position();
  const batch = await segments.read(position());
  if (batch === undefined) return false;
  await take(batch);
  if (batch.next.segment > segment) await onSegment();
  return true;
}
