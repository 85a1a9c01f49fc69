import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep, untilTick } from '../../time/index.ts';
import type { Batch, Position, Segments } from './segments.ts';

export interface SegmentReaderOptions {
  /** Name of the reader in log messages. */
  name: string;
  segments: Pick<Segments, 'read'>;
  position: () => Position;
  /** Takes a batch and advances the position. */
  take: (batch: Batch) => Promise<void>;
  /** Called after a whole segment has been taken. */
  onSegment: () => Promise<void>;
  /** Called after each read that found no more lines. */
  onCaughtUp?: () => Promise<void>;
  clock: Clock;
  log: Log;
}

/**
 * Milliseconds between two reads. Under load, too, lines are taken some hundreds at a time: an immediate read costs
 * more than printing.
 */
const POLL = 100;
/** Milliseconds after a failure. */
const RETRY = 1000;

/** Result of one read: no new lines, lines up to the end, a full batch with more lines after it, or a failure. */
type ReadResult = 'nothing' | 'some' | 'full' | 'failed';

/** Reads until the signal is aborted and every line written before has been taken. */
export async function readSegments(options: SegmentReaderOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options;
  for (;;) {
    const stopping = signal.aborted;
    const result = await tryRead(options);
    if (stopping && (result === 'nothing' || result === 'failed')) return;
    if (result !== 'full') await sleep(clock, result === 'failed' ? RETRY : untilTick(clock, POLL), signal);
  }
}

async function tryRead(options: SegmentReaderOptions): Promise<ReadResult> {
  try {
    const result = await readBatch(options);
    if (result !== 'full') await options.onCaughtUp?.();
    return result;
  } catch (err) {
    options.log.error({ err }, `${options.name} is delayed; it is tried again`);
    return 'failed';
  }
}

async function readBatch({ segments, position, take, onSegment }: SegmentReaderOptions): Promise<ReadResult> {
  const { segment } = position();
  const batch = await segments.read(position());
  if (batch === undefined) return 'nothing';
  await take(batch);
  if (batch.next.segment > segment) await onSegment();
  return batch.isFull ? 'full' : 'some';
}
