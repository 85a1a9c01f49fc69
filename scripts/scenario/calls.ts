import { setTimeout as sleep } from 'node:timers/promises';
import type { ChapterRun } from './chapter.ts';

/** Seconds after which calls end by themselves, and the longest wait for their results. */
const LONGEST = 120;
const PATIENCE = 40;

/** What a pod calls, one call after the other, from `startCalls` until `end`. Each is a line. */
export interface Calls {
  /** Returns when what has come so far is enough; also when the patience is over, since the checks tell that better. */
  until(enough: (lines: readonly string[]) => boolean): Promise<readonly string[]>;
  /** All of them. */
  end(): Promise<readonly string[]>;
}

/** `call` prints the one line, without its end. `name`: of no other calls in this pod. */
export function startCalls(run: ChapterRun, pod: string, name: string, call: string): Calls {
  const file = `/tmp/calls-${name}`;
  const goOn = `[ ! -e ${file}.end ] && [ $(date +%s) -lt $end ]`;
  const loop = `rm -f ${file}.end; end=$(( $(date +%s) + ${LONGEST} )); while ${goOn}; do ${call}; echo; done > ${file}`;
  const calling = run.exec(pod, loop, { show: 0, timeoutSeconds: LONGEST + 30 });
  const read = async () => {
    const { stdout } = await run.exec(pod, `cat ${file}`, { show: 0 });
    // The last line may be about to be written.
    return stdout.split('\n').slice(0, -1);
  };
  return {
    async until(enough) {
      const deadline = Date.now() + PATIENCE * 1000;
      let lines = await read();
      while (!enough(lines) && Date.now() < deadline) {
        await sleep(200);
        lines = await read();
      }
      return lines;
    },
    async end() {
      await run.exec(pod, `touch ${file}.end`, { show: 0 });
      await calling;
      return read();
    },
  };
}
