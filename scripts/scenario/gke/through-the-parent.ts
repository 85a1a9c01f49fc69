import { InternetLog } from '../../../test/cluster/support/attacks/internet-log.ts';
import type { Chapter } from '../chapter.ts';
import { auditLines, LOGIN, POD, VM_ADDRESSES, vmLog } from './parent.ts';

export const throughTheParent: Chapter = {
  title: 'Everything passes through the parent, nothing directly; the two logs can be joined',
  async execute(run) {
    const internet = new InternetLog();
    internet.mark();
    const call = await run.exec(POD, `curl -sS -o /dev/null -w '%{http_code}' https://${LOGIN}/through`);
    run.check('the call passes', call.stdout === '200', call.stderr);
    const arrived = internet.since().filter(({ host }) => host.startsWith(LOGIN));
    const clients = arrived.map(({ client }) => client.slice(0, client.lastIndexOf(':')));
    run.check(
      'only a VM connects to Microsoft',
      clients.length > 0 && clients.every((client) => VM_ADDRESSES.includes(client)),
      JSON.stringify(arrived),
    );
    let joined = '';
    await run.eventually("the VM's log has the id of our audit line", async () => {
      for (const { id, pod } of await auditLines(`${LOGIN}:443`)) {
        const [line] = await vmLog(id);
        if (line !== undefined && pod === 'api') joined = line;
      }
      return joined !== '';
    });
    run.say(joined);
    const direct = await run.exec(POD, `curl --noproxy '*' -sS -o /dev/null -m 3 https://${LOGIN}/`);
    run.check('past the proxy: dropped', direct.code === 28, direct.stderr);
    const parent = await run.exec(
      POD,
      `curl -x http://int-proxy.aibang.com:3128 -sS -o /dev/null -m 3 https://${LOGIN}/`,
    );
    run.check('past our proxy to the parent: dropped', parent.code === 28, parent.stderr);
  },
};
