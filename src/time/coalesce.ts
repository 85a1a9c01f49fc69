/**
 * A function that asks for a run of the work. One run is under way at a time, and at most one waits for it, however often it is
 * asked for: that one begins after the last request, and so sees what was asked about. A run that rejects is an unhandled
 * rejection, and the next one begins.
 */
export function coalesce(run: () => Promise<void>): () => void {
  let isRunning = false;
  let isWanted = false;
  const work = async () => {
    try {
      await run();
    } finally {
      isRunning = false;
      if (isWanted) begin();
    }
  };
  const begin = () => {
    isWanted = isRunning;
    if (isRunning) return;
    isRunning = true;
    void work();
  };
  return begin;
}
