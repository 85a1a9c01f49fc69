import { InternetLog } from '../../../test/cluster/support/attacks/internet-log.ts';
import { startCalls } from '../calls.ts';
import type { Chapter } from '../chapter.ts';
import { LOGIN, POD } from './parent.ts';

/** Prints `<status> <seconds>`. */
const CALL = `curl -s -o /dev/null -m 20 -w '%{http_code} %{time_total}' https://${LOGIN}/`;
/** So many calls are made before the VM dies, and after. */
const SOME = 20;

export const failOver: Chapter = {
  title:
    'A VM dies: the other one takes over. Both die: refused with the reason, never direct. They come back: used again',
  async execute(run) {
    const calling = startCalls(run, POD, 'fail-over', CALL);
    await calling.until((lines) => lines.length >= SOME);
    await run.sh('scripts/cluster vm 1 off');
    const { length: before } = await calling.until(() => true);
    await calling.until((lines) => lines.length >= before + SOME);
    const calls = (await calling.end()).map((line) => line.split(' '));
    const failed = calls.filter(([status]) => status !== '200');
    const slowest = Math.max(...calls.map(([, seconds]) => Number(seconds)));
    // They come one after the other: the one that is inside the VM when it dies ends with it.
    run.check(
      `${calls.length} calls, none failed but what was inside the VM`,
      calls.length >= before + SOME && failed.length <= 1,
      String(failed),
    );
    run.say(`the slowest took ${(slowest * 1000).toFixed(0)} ms`);

    await run.sh('scripts/cluster vm 2 off');
    const down = 'kubectl get egressproxy squid-proxy -n intra-proxy';
    await run.eventually(
      'with both down the EgressProxy says so',
      async () => {
        const condition = await run.sh(
          `${down} -o jsonpath='{.status.conditions[?(@.type=="UpstreamsHealthy")].status}'`,
          { show: 0 },
        );
        return condition.stdout === 'False';
      },
      60,
    );
    await run.sh(`${down} -o jsonpath='{.status.upstreams}{"\\n"}'`);
    const internet = new InternetLog();
    internet.mark();
    const refused = await run.exec(POD, `curl -v -s -o /dev/null https://${LOGIN}/ 2>&1 | grep '^<'`);
    run.check(
      'a call is refused with the reason',
      refused.stdout.includes('503') && refused.stdout.includes('UpstreamUnavailable: int-proxy: '),
      refused.stdout,
    );
    run.check(
      "and nothing arrives at Microsoft's door",
      internet.since().length === 0,
      JSON.stringify(internet.since()),
    );

    for (const vm of [1, 2]) await run.sh(`scripts/cluster vm ${vm} on`);
    await run.eventually('back again', async () => {
      const call = await run.exec(POD, `curl -s -o /dev/null -w '%{http_code}' https://${LOGIN}/`, {
        show: 0,
      });
      return call.stdout === '200';
    });
  },
};
