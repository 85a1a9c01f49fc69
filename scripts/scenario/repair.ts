import { STATUS } from './stage.ts';
import type { Chapter } from './story.ts';

export const repaired: Chapter = {
  title: 'The Squid Deployment and the NetworkPolicy are deleted, and come back',
  async tell(story) {
    await story.sh('kubectl delete networkpolicy enforce-egress-proxy -n my-app');
    await story.eventually('the NetworkPolicy is back', async () => {
      const got = await story.sh('kubectl get networkpolicy enforce-egress-proxy -n my-app', { show: 0 });
      return got.code === 0;
    });
    await story.sh('kubectl delete deployment squid -n egress-proxy --wait=false');
    await story.eventually('the Deployment is back', async () => {
      const got = await story.sh(
        `kubectl get deployment squid -n egress-proxy -o jsonpath='{.metadata.deletionTimestamp}{.spec.replicas}'`,
        { show: 0 },
      );
      return got.code === 0 && got.stdout === '2';
    });
    const rollout = await story.sh('kubectl rollout status deployment/squid -n egress-proxy --timeout=90s', {
      timeoutSeconds: 100,
    });
    story.check('and rolled out', rollout.code === 0, rollout.stderr);
    await story.eventually('an allowed call passes again', async () => {
      const call = await story.exec('my-app/api', `${STATUS} http://a.example.org/`, { show: 0 });
      return call.stdout === '200';
    });
  },
};
