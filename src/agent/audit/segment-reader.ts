import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
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

/**
 * Milliseconds between two looks, and after a failure. Under load, too, lines are taken some hundreds at a time: to
 * look again at once costs more than to print.
 */
const POLL = 100;
const RETRY = 1000;

/** What is left behind a look: nothing new, as far as it saw; some, that came meanwhile, perhaps; or much, surely. */
type Left = 'nothing' | 'some' | 'much' | 'failed';

/** Reads until the signal is aborted and everything written before has been taken. */
export async function readSegments(options: SegmentReaderOptions, signal: AbortSignal): Promise<void> {
  for (;;) {
    const stopping = signal.aborted;
    const left = await look(options);
    if (stopping && (left === 'nothing' || left === 'failed')) return;
    if (left !== 'much') await sleep(options.clock, left === 'failed' ? RETRY : POLL, signal);
  }
}

async function look(options: SegmentReaderOptions): Promise<Left> {
  try {
    return await step(options);
  } catch (err) {
    options.log.error({ err }, `${options.what} is held up`);
    return 'failed';
  }
}

async function step({ segments, position, take, onSegment }: SegmentReaderOptions): Promise<Left> {
  const { segment } = position();
  const batch = await segments.read(position());
  if (batch === undefined) return 'nothing';
  await take(batch);
  if (batch.next.segment > segment) await onSegment();
  return batch.isFull ? 'much' : 'some';
}
