import { readFileSync } from 'node:fs';
import { bash } from '../../../../scripts/scenario/shell.ts';

export interface LoadResult {
  counts: Record<string, number>;
  samples: Record<string, string>;
}

type Script = 'connect.mjs' | 'mixed.mjs';

/** A pod with the product's image (for its Node) that `runLoad` or `runMixed` uses. The namespace must exist. */
export async function startLoadPod(
  namespace: string,
  name = 'load',
  script: Script = 'connect.mjs',
): Promise<void> {
  const image = (
    await bash(
      `kubectl get deployment kube-egress-controller -n kube-egress-system -o jsonpath='{.spec.template.spec.containers[0].image}'`,
    )
  ).stdout.trim();
  const source = readFileSync(new URL(`./${script}`, import.meta.url), 'utf8');
  const manifest = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { [script]: source } },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace, labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'main',
              image,
              command: ['sleep', 'infinity'],
              volumeMounts: [{ name: 'load', mountPath: '/load' }],
            },
          ],
          volumes: [{ name: 'load', configMap: { name } }],
        },
      },
    ],
  };
  const applied = await bash('kubectl apply -f -', { input: JSON.stringify(manifest) });
  if (applied.code !== 0) throw new Error(applied.stderr);
  const ready = await bash(`kubectl wait -n ${namespace} --for=condition=Ready pod/${name} --timeout=60s`, {
    timeoutSeconds: 70,
  });
  if (ready.code !== 0) throw new Error(ready.stderr);
}

/** How many requests ended how: `GET a:80 200` and the like. */
export async function runMixed(
  pod: string,
  requests: { method: string; target: string; count: number }[],
): Promise<Record<string, number>> {
  const [namespace, name] = pod.split('/');
  const options = JSON.stringify({ requests });
  const ran = await bash(`kubectl exec -n ${namespace} ${name} -- node /load/mixed.mjs '${options}'`, {
    timeoutSeconds: 280,
  });
  if (ran.code !== 0) throw new Error(`load failed: ${ran.stderr}`);
  return JSON.parse(ran.stdout);
}

export async function runLoad(
  pod: string,
  options: { target: string; concurrency?: number; total?: number; seconds?: number; until?: string },
): Promise<LoadResult> {
  const [namespace, name] = pod.split('/');
  const ran = await bash(
    `kubectl exec -n ${namespace} ${name} -- node /load/connect.mjs '${JSON.stringify(options)}'`,
    { timeoutSeconds: 600 },
  );
  if (ran.code !== 0) throw new Error(`load failed: ${ran.stderr}`);
  return JSON.parse(ran.stdout) as LoadResult;
}
