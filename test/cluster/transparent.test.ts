import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash, type Outcome } from '../../scripts/scenario/shell.ts';
import { clientImage } from '../../scripts/scenario/stage.ts';
import { apply, eventually, inPod, kubectl, leaveNamespaces, startPods } from './support/client-pods.ts';

const NAMESPACE = 'transparent';
const RESTRICTED = 'transparent-restricted';
const POD = `${NAMESPACE}/app`;
const PROXY = 'egressproxy/squid -n egress-proxy';
const ALLOWED = 'transparent.example.com';
const FORBIDDEN = 'forbidden.example.org';
/** A name with an IPv6 address and no other. */
const SIX = 'transparent.six.example.com';

/** A program without any notion of a proxy: sockets, TLS, and the name that it wants. */
const socketProgram = (name: string) =>
  [
    'import socket, ssl',
    `raw = socket.create_connection(("${name}", 443), 10)`,
    `tls = ssl.create_default_context().wrap_socket(raw, server_hostname="${name}")`,
    `tls.sendall(b"GET / HTTP/1.1\\r\\nHost: ${name}\\r\\nConnection: close\\r\\n\\r\\n")`,
    'print(tls.recv(12).decode())',
  ].join('\n');
const python = (name: string) => inPod(POD, `python3 -c '${socketProgram(name)}'`);

/** No variable reaches curl. */
const curl = (args: string, container = 'main'): Promise<Outcome> =>
  bash(
    `kubectl exec -n ${NAMESPACE} app -c ${container} -- curl --noproxy '*' -sS -m 15 -o /dev/null -w '%{http_code}' ${args}`,
  );

async function auditLines(part: string): Promise<string[]> {
  const text = await kubectl('logs -n egress-proxy -l app=squid --tail=-1');
  return text.split('\n').filter((line) => line.includes(part) && line.includes(`"${NAMESPACE}"`));
}

const forwarderLog = () => kubectl(`logs -n ${NAMESPACE} app -c kube-egress-forward`);

async function setTransparent(on: boolean): Promise<void> {
  await kubectl(`patch ${PROXY} --type=merge -p '{"spec":{"clientEnv":{"transparent":${on}}}}'`);
  const injected = async () => {
    const names = await kubectl(
      `run seen -n ${NAMESPACE} --image=x --dry-run=server -o jsonpath={.spec.initContainers[*].name}`,
    );
    return names.startsWith('kube-egress-forward kube-egress-redirect');
  };
  if (on) expect(await eventually(injected, true, 60)).toBe(true);
}

beforeAll(async () => {
  await Promise.all([
    startPods({ namespace: NAMESPACE, mode: 'enforce', pods: [] }),
    startPods({ namespace: RESTRICTED, mode: 'enforce', pods: [] }),
  ]);
  await kubectl(`label namespace ${RESTRICTED} pod-security.kubernetes.io/enforce=restricted`);
  await setTransparent(true);
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'rules', namespace: NAMESPACE },
    spec: { targets: [`${ALLOWED}:443`, `${ALLOWED}:80`, `${SIX}:443`] },
  });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/rules --timeout=30s`);
  await apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', namespace: NAMESPACE },
    spec: {
      terminationGracePeriodSeconds: 0,
      initContainers: [
        {
          name: 'before',
          image: clientImage,
          command: [
            'curl',
            '--noproxy',
            '*',
            '-sSf',
            '-m',
            '20',
            '-o',
            '/dev/null',
            `https://${ALLOWED}/init`,
          ],
        },
      ],
      containers: [
        { name: 'main', image: clientImage, command: ['sleep', 'infinity'] },
        // With the forwarder's own user: its connections are redirected, too.
        {
          name: 'as-forwarder',
          image: clientImage,
          command: ['sleep', 'infinity'],
          securityContext: { runAsUser: 31280 },
        },
      ],
    },
  });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Ready pod/app --timeout=90s`);
});
afterAll(async () => {
  await setTransparent(false);
  await leaveNamespaces(NAMESPACE, RESTRICTED);
});

describe('a program that knows no proxy', () => {
  test('reaches an allowed name, over TLS and HTTP, IPv4 and IPv6, from an init container too', async () => {
    expect((await python(ALLOWED)).stdout).toContain('HTTP/1.1 200');
    expect((await curl(`https://${ALLOWED}/`)).stdout).toBe('200');
    expect((await curl(`http://${ALLOWED}/`)).stdout).toBe('200');
    expect((await curl(`https://${SIX}/`)).stdout).toBe('200');
    expect(
      await kubectl(`get pod -n ${NAMESPACE} app -o jsonpath={.status.initContainerStatuses[*].name}`),
    ).toBe('kube-egress-forward kube-egress-redirect before');
  });

  test('with an audit line that names the pod and what it wanted', async () => {
    const found = async () => (await auditLines(`${ALLOWED}:443`)).some((line) => line.includes('"app"'));
    expect(await eventually(found, true)).toBe(true);
    const plain = async () => (await auditLines(`http://${ALLOWED}/`)).length > 0;
    expect(await eventually(plain, true)).toBe(true);
  });

  test('is refused a name that no rule allows: an alert or the page, and the reason in the forwarder’s log', async () => {
    const tls = await curl(`https://${FORBIDDEN}/`);
    expect(tls.code).toBe(35);
    expect(tls.stderr).toContain('access denied');
    expect((await python(FORBIDDEN)).stderr).toContain('ACCESS_DENIED');
    const page = await inPod(POD, `curl --noproxy '*' -sSi -m 15 http://${FORBIDDEN}/`);
    expect(page.stdout).toMatch(/^HTTP\/1.1 403/);
    expect(page.stdout).toContain(`Pod ${POD} may not reach ${FORBIDDEN}:80 (NoMatchingRule)`);
    const why = `Pod ${POD} may not reach ${FORBIDDEN}:443 (NoMatchingRule)`;
    expect(await eventually(async () => (await forwarderLog()).includes(why), true)).toBe(true);
  });

  test('without a server name is refused with that reason, in the audit log and in an Event', async () => {
    const { stdout, stderr } = await inPod(
      POD,
      `openssl s_client -noservername -connect ${ALLOWED}:443 </dev/null 2>&1 | grep -o "alert access denied"`,
    );
    expect(stdout, stderr).toContain('alert access denied');
    const told = async () =>
      (await auditLines('no-server-name.kube-egress.invalid')).some((line) => line.includes('NameMissing'));
    expect(await eventually(told, true)).toBe(true);
    const event = async () => (await kubectl(`get events -n ${NAMESPACE}`)).includes('NameMissing');
    expect(await eventually(event, true)).toBe(true);
  });

  test('reaches the cluster as before: a Service, the API server, loopback', async () => {
    expect((await curl('http://kube-dns.kube-system.svc.cluster.local:9153/metrics')).stdout).toBe('200');
    expect((await curl('-k https://kubernetes.default.svc.cluster.local/livez')).stdout).not.toBe('000');
    const listen = 'socat TCP-LISTEN:80,bind=127.0.0.1 SYSTEM:"echo own" & ';
    const ask = 'i=0; until nc -w 10 127.0.0.1 80 || [ $i -ge 100 ]; do sleep 0.1; i=$((i + 1)); done';
    expect((await inPod(POD, listen + ask)).stdout).toContain('own');
  });

  test('that runs as the forwarder’s user does not escape', async () => {
    expect((await curl(`https://${ALLOWED}/`, 'as-forwarder')).stdout).toBe('200');
    expect((await curl(`https://${FORBIDDEN}/`, 'as-forwarder')).stderr).toContain('access denied');
  });

  test('a forwarder that is killed is there again, and nothing leaves meanwhile', async () => {
    // All but the supervisor, which is the container's first process.
    await bash(`kubectl exec -n ${NAMESPACE} app -c kube-egress-forward -- sh -c 'kill -9 -1'`);
    expect(await eventually(async () => (await curl(`https://${ALLOWED}/`)).stdout, '200')).toBe('200');
    expect(await eventually(async () => (await forwarderLog()).includes('starting again'), true)).toBe(true);
  });

  test('no user can exec into the container with NET_ADMIN', async () => {
    const { code, stderr } = await bash(
      `kubectl exec -n ${NAMESPACE} app -c kube-egress-redirect -- sh -c id`,
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('container kube-egress-redirect, because it has NET_ADMIN');
  });
});

describe('a namespace whose Pod Security level forbids NET_ADMIN', () => {
  test('gets its pod without it; a warning, the annotation and an Event say so', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'app', namespace: RESTRICTED },
      spec: {
        terminationGracePeriodSeconds: 0,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'main',
            image: clientImage,
            command: ['sleep', 'infinity'],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    };
    const made = await bash('kubectl apply -f -', { input: JSON.stringify(pod) });
    expect(made.code, made.stderr).toBe(0);
    expect(made.stderr).toContain('Warning: the pod runs without transparent mode');
    const annotations = await kubectl(`get pod -n ${RESTRICTED} app -o jsonpath={.metadata.annotations}`);
    expect(annotations).toContain('transparent');
    expect(annotations).toContain('restricted');
    const event = async () => (await kubectl(`get events -n ${RESTRICTED}`)).includes('TransparentForbidden');
    expect(await eventually(event, true)).toBe(true);
    await kubectl(`wait -n ${RESTRICTED} --for=condition=Ready pod/app --timeout=60s`);
  });
});
