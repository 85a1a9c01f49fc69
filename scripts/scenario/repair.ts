import type { Chapter } from './chapter.ts';
import { STATUS } from './stage.ts';

export const repaired: Chapter = {
  title: 'The Squid Deployment and the NetworkPolicy are deleted, and come back',
  async execute(run) {
    await run.sh('kubectl delete networkpolicy enforce-egress-proxy -n my-app');
    await run.eventually('the NetworkPolicy is back', async () => {
      const got = await run.sh('kubectl get networkpolicy enforce-egress-proxy -n my-app', { show: 0 });
      return got.code === 0;
    });
    await run.sh('kubectl delete deployment squid -n egress-proxy --wait=false');
    await run.eventually('the Deployment is back', async () => {
      const got = await run.sh(
        `kubectl get deployment squid -n egress-proxy -o jsonpath='{.metadata.deletionTimestamp}{.spec.replicas}'`,
        { show: 0 },
      );
      return got.code === 0 && got.stdout === '2';
    });
    const rollout = await run.sh('kubectl rollout status deployment/squid -n egress-proxy --timeout=90s', {
      timeoutSeconds: 100,
    });
    run.check('and rolled out', rollout.code === 0, rollout.stderr);
    await run.eventually('an allowed call passes again', async () => {
      const call = await run.exec('my-app/api', `${STATUS} http://a.example.org/`, { show: 0 });
      return call.stdout === '200';
    });
  },
};
