import { clientImage } from '../../../../scripts/scenario/stage.ts';

export interface Names {
  namespace: string;
  /** Another namespace, with the Service `archive`. */
  other: string;
}

const PORT = 8080;

/** A line for each call: `call TARGET COMMAND...`. */
const SHELL = `
call() {
  target="$1"; shift
  if text="$("$@" 2>&1)"; then echo "$(date +%s%3N) ok $target"; else echo "$(date +%s%3N) failed $target $(echo $text)"; fi
}
get() { curl -sSf -m 40 -o /dev/null "$@"; }
by_address() { get "http://$(getent ahostsv4 "$1" | awk '{ print $1; exit }'):${PORT}/"; }
`;
const forever = (...calls: string[]) => `${SHELL}\nwhile :; do\n${calls.join('\n')}\nsleep 0.5\ndone`;

/** As PID 1 it does not end at SIGTERM: it serves until the grace period is over, and no longer gets new connections. */
const SERVER = `
python3 -c '
import http.server, socket
class Answer(http.server.BaseHTTPRequestHandler):
  def do_GET(self):
    self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
  def log_message(self, *_): pass
class Server(http.server.ThreadingHTTPServer):
  address_family = socket.AF_INET6
Server(("::", ${PORT}), Answer).serve_forever()
' &
`;

const PYTHON = `
import time, urllib.request
def call(target, url):
  try:
    urllib.request.urlopen(url, timeout=40).read(); result = f"ok {target}"
  except Exception as failure: result = f"failed {target} {failure}"
  print(f"{int(time.time() * 1000)} {result}", flush=True)
while True:
  call("external-https", "https://models.example.org/")
  call("bare-name", "http://catalog:${PORT}/")
  call("service-namespace", "http://archive.six-peers:${PORT}/")
  time.sleep(0.5)
`;

const NODE = `
const call = async (target, url) => {
  let result;
  try { const answer = await fetch(url, { signal: AbortSignal.timeout(40_000) }); result = (answer.ok ? 'ok ' : 'failed ') + target + ' ' + answer.status; await answer.text(); }
  catch (error) { result = 'failed ' + target + ' ' + error.message + ' ' + (error.cause?.message ?? ''); }
  console.log(Date.now() + ' ' + result.replaceAll('\\n', ' '));
};
for (;;) {
  await call('external-https', 'https://mail.example.com/');
  await call('bare-name', process.env.CATALOG_URL);
  await new Promise((resolve) => setTimeout(resolve, 500));
}
`;

/** The JVM compiles it at its start. */
const JAVA = `
import java.net.URI;
import java.net.http.*;
import java.time.Duration;
class Ledger {
  static final HttpClient client = HttpClient.newHttpClient();
  static void call(String target, String url) {
    String result;
    try {
      var request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(40)).build();
      int status = client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
      result = (status == 200 ? "ok " : "failed ") + target + " " + status;
    } catch (Exception failure) { result = "failed " + target + " " + failure; }
    System.out.println(System.currentTimeMillis() + " " + result);
  }
  public static void main(String[] args) throws Exception {
    for (;;) {
      call("external-https", "https://ledger.example.org/");
      call("bare-name", System.getenv("CATALOG_URL"));
      call("service-namespace", "http://archive.six-peers:${PORT}/");
      Thread.sleep(500);
    }
  }
}
`;

interface Pod {
  name: string;
  container: object;
  spec?: object;
  labels?: Record<string, string>;
}

function template({ name, container, spec = {}, labels = {} }: Pod) {
  return {
    metadata: { labels: { app: name, six: 'true', ...labels } },
    spec: {
      terminationGracePeriodSeconds: 10,
      // The DNS of a busy test machine answers late.
      dnsConfig: { options: [{ name: 'attempts', value: '6' }] },
      ...spec,
      containers: [{ name: 'main', image: clientImage, ...container }],
    },
  };
}

const shell = (script: string) => ({ command: ['bash', '-c', script] });
const serving = (script: string) => ({
  ...shell(SERVER + script),
  readinessProbe: { httpGet: { path: '/', port: PORT }, periodSeconds: 1, timeoutSeconds: 10 },
});

function deployment({ namespace }: Pick<Names, 'namespace'>, pod: Pod, replicas = 1) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: pod.name, namespace },
    spec: {
      replicas,
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: { app: pod.name } },
      template: template(pod),
    },
  };
}

function service(namespace: string, name: string, more: object = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port: PORT }], ...more },
  };
}

/** What the applications call in the other namespace. */
export function peersOf({ other }: Names): object[] {
  const archive = { name: 'archive', container: serving('wait') };
  return [deployment({ namespace: other }, archive), service(other, 'archive')];
}

export function services({ namespace }: Names): object[] {
  return [
    service(namespace, 'catalog'),
    service(namespace, 'stores', { clusterIP: 'None', selector: { app: 'store' } }),
  ];
}

/**
 * A web shop of three Deployments, one of them in Node.js, a StatefulSet with peers, a CronJob, a DaemonSet on the node's
 * network, a service in Python and one in Java. Names that they call outside are used by one each.
 */
export function applicationsOf(names: Names, nodeImage: string): object[] {
  const { namespace, other } = names;
  const shop = { shop: 'true' };
  const catalogUrl = { name: 'CATALOG_URL', value: `http://catalog:${PORT}/` };
  return [
    deployment(names, {
      name: 'frontend',
      labels: shop,
      container: {
        env: [catalogUrl],
        ...shell(
          forever(
            'call bare-name get "$CATALOG_URL"',
            `call service-namespace get http://archive.${other}:${PORT}/`,
            'call pod-ip by_address store-0.stores',
            'call external-https get https://payments.example.com/',
          ),
        ),
      },
    }),
    deployment(
      names,
      { name: 'catalog', container: serving(forever('call external-http get http://prices.example.org/')) },
      2,
    ),
    deployment(names, {
      name: 'scorer',
      labels: shop,
      container: { env: [catalogUrl], command: ['python3', '-c', PYTHON] },
    }),
    deployment(names, {
      name: 'mailer',
      labels: shop,
      container: {
        image: nodeImage,
        env: [catalogUrl, { name: 'NODE_TLS_REJECT_UNAUTHORIZED', value: '0' }],
        command: ['/opt/kube-egress/bin/node', '--input-type=module', '-e', NODE],
      },
    }),
    deployment(names, {
      name: 'ledger',
      labels: shop,
      container: {
        env: [catalogUrl],
        command: [
          'bash',
          '-c',
          'printf %s "$0" > /tmp/Ledger.java && exec java -Xmx96m -XX:TieredStopAtLevel=1 /tmp/Ledger.java',
          JAVA,
        ],
      },
    }),
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'store', namespace },
      spec: {
        replicas: 2,
        serviceName: 'stores',
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: { app: 'store' } },
        template: template({
          name: 'store',
          container: serving(
            `until getent hosts store-1.stores > /dev/null && getent hosts store-0.stores > /dev/null; do sleep 0.2; done\n` +
              forever(
                `call peer get http://store-0.stores:${PORT}/`,
                `call peer get http://store-1.stores:${PORT}/`,
              ),
          ),
        }),
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace },
      spec: {
        selector: { matchLabels: { app: 'agent' } },
        template: template({
          name: 'agent',
          spec: { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
          container: shell(
            forever(
              'call external-http get http://telemetry.example.com/',
              `call service-full-name get http://catalog.${namespace}.svc.cluster.local:${PORT}/`,
            ),
          ),
        }),
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'report', namespace },
      spec: {
        // Its runs are made by hand, one in each phase.
        schedule: '0 0 1 1 *',
        jobTemplate: {
          spec: {
            backoffLimit: 0,
            template: {
              spec: {
                restartPolicy: 'Never',
                containers: [
                  {
                    name: 'main',
                    image: clientImage,
                    ...shell(
                      'for i in 1 2 3; do curl -sSf -m 10 -o /dev/null https://reports.example.com/ || exit 1; done',
                    ),
                  },
                ],
              },
            },
          },
        },
      },
    },
  ];
}
