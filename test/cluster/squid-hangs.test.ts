import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, inPod, kubectl, leaveNamespaces } from './support/client-pods.ts';
import { podsOf, signalAgent, signalSquid, startProxyFor } from './support/own-proxy.ts';

const PROXY = { namespace: 'hanging-proxy', name: 'hanging' };
const NAMESPACE = 'hanging';
const REQUESTS = 20;
let address: string;

beforeAll(async () => {
  address = await startProxyFor([NAMESPACE], ['hanging.example.com:80'], PROXY, { replicas: 2 });
});
afterAll(() => leaveNamespaces(NAMESPACE, PROXY.namespace));

/** Addresses of the pods that the Service sends clients to. */
async function servedBy(): Promise<string[]> {
  const selector = `-l kubernetes.io/service-name=${PROXY.name},endpointslice.kubernetes.io/managed-by`;
  const slices = await kubectl(`get endpointslices -n ${PROXY.namespace} ${selector} -o json`);
  const { items } = JSON.parse(slices) as {
    items: {
      addressType: string;
      endpoints: { conditions: { ready: boolean }; targetRef: { name: string } }[];
    }[];
  };
  return items
    .filter(({ addressType }) => addressType === 'IPv4')
    .flatMap(({ endpoints }) => endpoints.filter(({ conditions }) => conditions.ready))
    .map(({ targetRef }) => targetRef.name)
    .sort();
}

/** Statuses of so many requests through the Service, each in a connection of its own. */
async function statuses(): Promise<string[]> {
  const call = `curl -s -o /dev/null -m 10 -x http://${address}:3128 -w '%{http_code}\\n' http://hanging.example.com/`;
  const { stdout } = await inPod(
    `${NAMESPACE}/api`,
    `for i in $(seq ${REQUESTS}); do ${call}; done`,
    REQUESTS * 10,
  );
  return stdout.trim().split('\n');
}

const ready = (pod: string, value: boolean) =>
  kubectl(`wait -n ${PROXY.namespace} pod/${pod} --for=condition=Ready=${value} --timeout=60s`);

describe.each([
  ['Squid', signalSquid],
  ['the agent', signalAgent],
])('a proxy pod in which %s hangs', (_, signal) => {
  test('gets no more clients, the other one serves them, and it is in use again when that has ended', async () => {
    const pods = (await podsOf(PROXY)).toSorted();
    const [hanging = '', other = ''] = pods;
    expect(await eventually(async () => (await servedBy()).join(), pods.join())).toBe(pods.join());
    await signal(PROXY.namespace, hanging, 'STOP');
    await ready(hanging, false);
    expect(await eventually(async () => (await servedBy()).join(), other)).toBe(other);
    expect(await statuses()).toEqual(Array(REQUESTS).fill('200'));
    await signal(PROXY.namespace, hanging, 'CONT');
    await ready(hanging, true);
    expect(await eventually(async () => (await servedBy()).join(), pods.join())).toBe(pods.join());
    expect(await statuses()).toEqual(Array(REQUESTS).fill('200'));
  });
});
