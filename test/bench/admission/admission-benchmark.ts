import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '../../integration/support/control-plane.ts';
import type { Benchmark } from '../benchmark.ts';
import { interleave } from '../figures/interleave.ts';
import { admissionSection } from './admission-section.ts';
import { WebhookServers } from './contenders.ts';
import { type Bodies, measureWebhook, warmUp } from './measure.ts';
import { podReview, podShapes, ruleSetReview } from './reviews.ts';

const TARGETS = 20;

export const admissionBenchmark: Benchmark = {
  name: 'admission',
  summary: 'the webhook, against a bare Fastify handler and other webhooks that change pods',
  async run({ quick, progress }) {
    progress('starting an API server and the webhooks');
    const folder = mkdtempSync(join(tmpdir(), 'kube-egress-bench-'));
    const servers = new WebhookServers(folder);
    await using plane = await startControlPlane();
    try {
      const bodies = writeBodies(folder);
      const length = quick ? 0.3 : 1.5;
      const webhooks = await servers.start(plane);
      for (const webhook of webhooks) {
        progress(`warming up: ${webhook.name}`);
        await warmUp(webhook, bodies, quick ? 1 : 8);
      }
      const contenders = webhooks.map((contender) => ({
        name: contender.name,
        measure: () => measureWebhook(contender, bodies, length),
      }));
      return admissionSection(await interleave(contenders, { rounds: quick ? 1 : 5, progress }));
    } finally {
      await servers.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function writeBodies(folder: string): Bodies {
  const write = (name: string, review: object) => {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(review));
    return path;
  };
  return {
    mutate: podShapes.map((shape) => write(shape.name, podReview(shape))),
    validate: [write('rules', ruleSetReview(TARGETS))],
  };
}
