/** A signal that follows another one and also fires by itself after some time. */
export interface TimeLimit extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * `AbortSignal.any` with a timeout keeps a reference in a long-lived outer signal for each call; this one lets go
 * when it is disposed.
 */
export function timeLimit(ms: number, outer?: AbortSignal): TimeLimit {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new Error(`no answer within ${ms} ms`));
  }, ms);
  const follow = () => controller.abort(outer?.reason);
  if (outer?.aborted) follow();
  outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', follow);
    },
  };
}
