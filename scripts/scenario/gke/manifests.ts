import { podManifest } from '../stage.ts';
import type { Chapter } from '../story.ts';

const EXAMPLE = 'manifests/examples/intra-proxy';

export const manifests: Chapter = {
  title: "The article's manifests: squid-proxy in intra-proxy, two replicas, one parent, one list",
  async tell(story) {
    for (const vm of [1, 2]) await story.sh(`scripts/cluster vm ${vm} on`, { show: 0 });
    await story.sh('kubectl delete pod api -n api --ignore-not-found', { show: 0 });
    await story.sh(`cat ${EXAMPLE}/proxy.yaml ${EXAMPLE}/rule-set.yaml`, { show: 40 });
    const applied = await story.sh(`kubectl apply -k ${EXAMPLE}`);
    story.check('they are accepted', applied.code === 0, applied.stderr);
    const proxy = 'egressproxy/squid-proxy -n intra-proxy';
    for (const condition of ['Programmed', 'UpstreamsHealthy']) {
      const waited = await story.sh(`kubectl wait ${proxy} --for=condition=${condition} --timeout=90s`, {
        timeoutSeconds: 100,
      });
      story.check(condition, waited.code === 0, waited.stderr);
    }
    const rules = await story.sh(
      'kubectl wait -n api --for=condition=Programmed egressruleset/microsoft-login --timeout=30s',
    );
    story.check('the list is programmed in every ready replica', rules.code === 0, rules.stderr);
    await story.apply(podManifest('api', 'api'), { show: 0 });
    const pod = await story.sh('kubectl wait -n api --for=condition=Ready pod/api --timeout=60s', {
      timeoutSeconds: 70,
    });
    story.check('the API pod runs', pod.code === 0, pod.stderr);
    await story.sh('kubectl get egressproxies -A');
  },
};
