import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pod } from './support/attacks/attempts.ts';
import { must, startNodePod, startStage } from './support/attacks/stage.ts';
import { inPod, leaveNamespaces } from './support/client-pods.ts';

/** Enforced; without our label; with the label of scrapers. */
const [ENFORCED, PLAIN, SCRAPER] = ['own-pods', 'own-pods-plain', 'own-pods-scraper'];
const PRODUCT = 'kube-egress-system';
const ATTACKER = 'large-reviews';
const REFUSED = '000';
/** Large reviews that a pod sends at the same time. */
const REVIEWS = 200;
const script = 'large-reviews.mjs';
const scripts = {
  [script]: readFileSync(join(import.meta.dirname, 'support/load', script), 'utf8'),
};

interface Component {
  address: string;
  restarts: string;
}

/** The pods of a component. */
async function podsOf(component: string): Promise<Component[]> {
  const path =
    '{range .items[*]}{.status.podIP} {.status.containerStatuses[0].restartCount} {.metadata.uid}{"\\n"}{end}';
  const lines = await must(
    `get pods -n ${PRODUCT} -l egress.zalando.org/component=${component} --field-selector status.phase=Running -o jsonpath='${path}'`,
  );
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [address = '', ...restarts] = line.split(' ');
      return { address, restarts: restarts.join(' ') };
    });
}

/** The status of a GET, or `000` without an answer. */
async function get(from: string, url: string): Promise<string> {
  return (await inPod(from, `curl --noproxy '*' -k -s -o /dev/null -m 3 -w '%{http_code}' '${url}'`)).stdout;
}

async function firstOf(component: string): Promise<string> {
  const [first] = await podsOf(component);
  if (first === undefined) throw new Error(`no pod of ${component}`);
  return first.address;
}

beforeAll(async () => {
  await Promise.all([startStage(ENFORCED, 'enforce'), startStage(PLAIN), startStage(SCRAPER)]);
  await must(`label namespace ${SCRAPER} egress.zalando.org/scrape=true`);
  const items = [ENFORCED, PLAIN, SCRAPER].map((namespace) => pod(namespace, 'api'));
  await must('apply -f -', { apiVersion: 'v1', kind: 'List', items });
  await must(`delete pod,configmap -n kube-system ${ATTACKER} --ignore-not-found`);
  await startNodePod(PLAIN, ATTACKER, scripts);
  await startNodePod('kube-system', ATTACKER, scripts);
  for (const namespace of [ENFORCED, PLAIN, SCRAPER])
    await must(`wait -n ${namespace} --for=condition=Ready pod --all --timeout=60s`);
});
afterAll(async () => {
  await must(`delete pod,configmap -n kube-system ${ATTACKER} --ignore-not-found --wait=false`);
  await leaveNamespaces(ENFORCED, PLAIN, SCRAPER);
});

describe.each([ENFORCED, PLAIN, SCRAPER])('a pod in %s', (namespace) => {
  const client = `${namespace}/api`;

  test('cannot call the webhook, by its Service or its address', async () => {
    const service = `kube-egress-webhook.${PRODUCT}.svc`;
    expect(await get(client, `https://${service}/mutate-pods`)).toBe(REFUSED);
    for (const { address } of await podsOf('webhook'))
      expect(await get(client, `https://${address}:8443/mutate-pods`)).toBe(REFUSED);
  });

  test('cannot open the dashboard', async () => {
    expect(await get(client, `http://${await firstOf('dashboard')}:8090/`)).toBe(REFUSED);
  });
});

describe.each(['webhook', 'controller', 'dashboard'])('the telemetry port of the %s', (component) => {
  test('is open to namespaces with the label scrape, and closed to others', async () => {
    const url = `http://${await firstOf(component)}:8080/metrics`;
    expect(await get(`${SCRAPER}/api`, url)).toBe('200');
    expect(await get(`${ENFORCED}/api`, url)).toBe(REFUSED);
    expect(await get(`${PLAIN}/api`, url)).toBe(REFUSED);
  });
});

describe('a pod that sends the webhook 200 large reviews at a time', () => {
  /** Creates pods one after the other until the attack has ended; returns those without the variables. */
  async function createPods(until: () => boolean): Promise<{ created: number; bare: string[] }> {
    const bare: string[] = [];
    let created = 0;
    while (!until() || created < 3) {
      const name = `made-${created}`;
      const made = await must('create --dry-run=server -o json -f -', pod(ENFORCED, name));
      if (!made.includes('HTTPS_PROXY')) bare.push(name);
      created += 1;
    }
    return { created, bare };
  }

  async function attack(from: string) {
    const before = await podsOf('webhook');
    const [{ address } = { address: '' }] = before;
    const order = JSON.stringify({
      url: `https://${address}:8443/mutate-pods`,
      concurrency: REVIEWS,
      total: REVIEWS,
    });
    let ended = false;
    const attacking = inPod(from, `REVIEWED=${ENFORCED} node /scripts/${script} '${order}'`, 120).finally(
      () => {
        ended = true;
      },
    );
    const pods = await createPods(() => ended);
    const { stdout } = await attacking;
    return { before, after: await podsOf('webhook'), pods, counts: JSON.parse(stdout) as Counts };
  }
  type Counts = Record<string, number>;

  test('gets no answer, and new pods get their variables meanwhile', async () => {
    const { before, after, pods, counts } = await attack(`${PLAIN}/${ATTACKER}`);
    expect(Object.keys(counts).filter((key) => /^\d+$/.test(key))).toEqual([]);
    expect(pods.bare).toEqual([]);
    expect(after).toEqual(before);
  }, 180_000);

  /**
   * A pod of kube-system is not refused, and the limits of bodies hold for it. They limit memory: on few processors the
   * bodies that are read can still take longer than the API server waits.
   */
  test('ends no webhook where it is not refused', async () => {
    const { before, after, counts } = await attack(`kube-system/${ATTACKER}`);
    // The others got 429, which a client that still sends its body may miss.
    expect(counts['200']).toBeLessThan(REVIEWS);
    expect(after).toEqual(before);
  }, 180_000);
});
