import type { Chapter } from '../chapter.ts';
import { podManifest } from '../stage.ts';

const EXAMPLE = 'manifests/examples/intra-proxy';

export const manifests: Chapter = {
  title: "The article's manifests: squid-proxy in intra-proxy, two replicas, one parent, one list",
  async execute(run) {
    for (const vm of [1, 2]) await run.sh(`scripts/cluster vm ${vm} on`, { show: 0 });
    await run.sh('kubectl delete pod api -n api --ignore-not-found', { show: 0 });
    await run.sh(`cat ${EXAMPLE}/proxy.yaml ${EXAMPLE}/rule-set.yaml`, { show: 40 });
    const applied = await run.sh(`kubectl apply -k ${EXAMPLE}`);
    run.check('they are accepted', applied.code === 0, applied.stderr);
    const proxy = 'egressproxy/squid-proxy -n intra-proxy';
    for (const condition of ['Programmed', 'UpstreamsHealthy']) {
      const waited = await run.sh(`kubectl wait ${proxy} --for=condition=${condition} --timeout=90s`, {
        timeoutSeconds: 100,
      });
      run.check(condition, waited.code === 0, waited.stderr);
    }
    const rules = await run.sh(
      'kubectl wait -n api --for=condition=Programmed egressruleset/microsoft-login --timeout=30s',
    );
    run.check('the list is programmed in every ready replica', rules.code === 0, rules.stderr);
    await run.apply(podManifest('api', 'api'), { show: 0 });
    const pod = await run.sh('kubectl wait -n api --for=condition=Ready pod/api --timeout=60s', {
      timeoutSeconds: 70,
    });
    run.check('the API pod runs', pod.code === 0, pod.stderr);
    await run.sh('kubectl get egressproxies -A');
  },
};
