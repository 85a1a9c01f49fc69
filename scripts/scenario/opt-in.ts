import type { Chapter } from './chapter.ts';
import { setStage } from './stage.ts';

export const optIn: Chapter = {
  title: 'A namespace opts in by a label; its pods get the proxy variables, others are untouched',
  async execute(run) {
    await setStage(run, { namespace: 'my-app', mode: 'enforce', pods: [{ name: 'api' }] });
    await setStage(run, { namespace: 'bystander', pods: [{ name: 'other' }] });

    const { stdout } = await run.exec('my-app/api', 'env | grep -i _proxy= | sort');
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']) {
      run.check(`${name} is set`, new RegExp(`^${name}=.`, 'm').test(stdout), stdout);
    }
    const other = await run.exec('bystander/other', 'env | grep -ic _proxy=; true');
    run.check('a pod of another namespace has none of them', other.stdout.trim() === '0', other.stdout);
    await run.sh('kubectl get networkpolicy -n my-app');
    await run.eventually('the enforcing NetworkPolicy is there', async () => {
      const got = await run.sh('kubectl get networkpolicy enforce-egress-proxy -n my-app', { show: 0 });
      return got.code === 0;
    });
  },
};
