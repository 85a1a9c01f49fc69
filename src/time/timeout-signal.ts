import type { Clock } from './clock.ts';

/** A signal that is aborted with another one, or after some time. */
export interface TimeoutSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Like `AbortSignal.any` with a timeout, which would leave one reference per call in a long-lived outer signal. This
 * one removes its listener when it is disposed.
 */
export function timeoutSignal(clock: Clock, ms: number, outer?: AbortSignal): TimeoutSignal {
  const controller = new AbortController();
  const cancel = clock.after(ms, () => controller.abort(new Error(`no answer within ${ms} ms`)));
  const follow = () => controller.abort(outer?.reason);
  if (outer?.aborted) follow();
  outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      cancel();
      outer?.removeEventListener('abort', follow);
    },
  };
}
