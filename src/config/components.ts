import { PRODUCT_NAMESPACE } from '../api/index.ts';
import { logLevels } from '../telemetry/index.ts';
import {
  bytes,
  choice,
  days,
  endpoint,
  flag,
  milliseconds,
  namespacedName,
  optionalChoice,
  optionalDays,
  optionalEndpoints,
  optionalText,
  optionalUpstreams,
  port,
  text,
} from './option.ts';

const namespace = text({
  flag: 'namespace',
  env: 'POD_NAMESPACE',
  about: 'Namespace of the product.',
  default: PRODUCT_NAMESPACE,
});
const podName = text({ flag: 'pod-name', env: 'POD_NAME', about: 'Name of this pod.' });
const podIP = text({ flag: 'pod-ip', env: 'POD_IP', about: 'IP address of this pod.' });
const logLevel = choice(logLevels, {
  flag: 'log-level',
  about: 'Lowest level that is logged.',
  default: 'info',
});
const kubeconfig = optionalText({
  flag: 'kubeconfig',
  about: 'Kubeconfig file. Default: $KUBECONFIG, ~/.kube/config, then the ServiceAccount.',
});
const telemetryPort = <const P extends number>(default_: P) =>
  port({ flag: 'telemetry-port', about: 'HTTP port for /livez, /readyz and /metrics.', default: default_ });

const CLIENT_DNS_SOCKET = '/run/kube-egress/client-dns.sock';
const CLOSER_SOCKET = '/run/kube-egress-closer/closer.sock';

/** One line for each component, as the help texts show it. */
export const componentAbout = {
  webhook:
    'Admission webhook: injects the proxy variables, validates rule sets, target groups, requests and proxies.',
  controller: 'Reconciles Squid, the NetworkPolicies and the certificates.',
  agent: 'Decides the requests of the Squid in its pod and writes the audit log.',
  dashboard:
    'Web page: allowed and denied requests, the reason, and the rule to add; answers requests for targets.',
  goaccess: 'Runs GoAccess on the log that the agent writes; page and data on one port.',
  forward: 'Sidecar of transparent mode: forwards redirected connections to the proxy.',
  'client-dns': "Nameserver of pods that resolve only the cluster's names.",
  closer: 'Closes connections of tunnels that the rules no longer allow.',
} as const;

/** Every flag and environment variable of every component. */
export const optionTables = {
  webhook: {
    port: port({ flag: 'port', about: 'HTTPS port for admission reviews.', default: 8443 }),
    telemetryPort: telemetryPort(8080),
    namespace,
    secretName: text({
      flag: 'secret-name',
      about: 'Secret with the serving certificate (tls.crt, tls.key), in the namespace of the product.',
      default: 'kube-egress-webhook-tls',
    }),
    tunnelNamespace: text({
      flag: 'tunnel-namespace',
      about:
        'Namespace whose pods may call the webhook: the tunnel of an API server outside of the cluster ends there.',
      default: 'kube-system',
    }),
    namespaceWaitMs: milliseconds({
      flag: 'namespace-wait-ms',
      about: 'Time that a request waits for a namespace that is not cached yet.',
      default: 500,
    }),
    kubeconfig,
    logLevel,
  },
  controller: {
    namespace,
    identity: {
      ...podName,
      flag: 'identity',
      about: 'Unique among the candidates for leadership: the name of the pod.',
    },
    image: optionalText({
      flag: 'image',
      about: 'Image of proxies that specify none. Default: the image of this pod.',
    }),
    telemetryPort: telemetryPort(8080),
    activityIntervalMs: milliseconds({
      flag: 'activity-interval-ms',
      about: 'Time between two updates of an EgressActivity.',
      default: 60_000,
    }),
    unusedDays: days({
      flag: 'unused-days',
      about: 'Days without a request after which a rule set is reported as unused.',
      default: 30,
    }),
    removeExpiredDays: optionalDays({
      flag: 'remove-expired-days',
      about:
        'Days after which an expired rule set, and a request that is over or was never answered, is deleted. Default: never.',
    }),
    kubeconfig,
    logLevel,
  },
  agent: {
    proxy: namespacedName({ flag: 'proxy', about: 'EgressProxy whose requests this agent decides.' }),
    productNamespace: text({
      flag: 'product-namespace',
      about: 'Namespace of the product. Its pods are never treated as clients.',
      default: PRODUCT_NAMESPACE,
    }),
    podName,
    podIP,
    socketPath: text({
      flag: 'socket-path',
      about: 'Unix socket on which the agent serves the relay.',
      default: '/run/kube-egress/agent.sock',
    }),
    logDir: text({
      flag: 'log-dir',
      about: 'Folder in which the relay writes log segments.',
      default: '/run/kube-egress/log',
    }),
    accessLog: optionalChoice(['json', 'squid', 'combined'], {
      flag: 'access-log',
      about: 'Format in which the access log is also written to files. Default: no files.',
    }),
    accessLogDir: text({
      flag: 'access-log-dir',
      about: 'Folder of the access log files.',
      default: '/var/log/squid',
    }),
    accessLogFileSize: bytes({
      flag: 'access-log-file-size',
      about: 'Size at which an access log file is rotated.',
      default: 64 << 20,
    }),
    accessLogMaxSize: bytes({
      flag: 'access-log-max-size',
      about: 'Total size of the access log files; the oldest are deleted.',
      default: 1 << 30,
    }),
    goAccessDir: optionalText({
      flag: 'goaccess-dir',
      about: 'Folder in which the agent writes the log for GoAccess. Default: none.',
    }),
    stateDir: text({
      flag: 'state-dir',
      about: 'Folder of the files with which a restarted agent continues.',
      default: '/var/lib/kube-egress',
    }),
    clientDnsSocket: text({
      flag: 'client-dns-socket',
      about: 'Unix socket on which the agent serves client-dns, if it runs.',
      default: CLIENT_DNS_SOCKET,
    }),
    closerSocket: text({
      flag: 'closer-socket',
      about: 'Unix socket of the closer, if it runs.',
      default: CLOSER_SOCKET,
    }),
    certDir: text({
      flag: 'cert-dir',
      about: 'Folder of the serving certificate (tls.crt, tls.key).',
      default: '/etc/kube-egress/tls',
    }),
    telemetryPort: telemetryPort(8081),
    apiPort: port({
      flag: 'api-port',
      about: 'HTTPS port of the API: generations, flows, activity.',
      default: 8444,
    }),
    dnsListen: endpoint({
      flag: 'dns-listen',
      about: 'Address of the DNS server for Squid.',
      default: '127.0.0.1:53',
    }),
    dnsUpstream: optionalEndpoints({
      flag: 'dns-upstream',
      about: 'Nameservers that it asks. Default: those of /etc/resolv.conf.',
    }),
    upstreams: optionalUpstreams({
      flag: 'upstreams',
      about: 'Upstream proxies in the squid.conf of this pod.',
    }),
    kubeconfig,
    logLevel,
  },
  dashboard: {
    port: port({ flag: 'port', about: 'HTTP port for the page and its API.', default: 8090 }),
    telemetryPort: telemetryPort(8080),
    namespace,
    local: flag({
      flag: 'local',
      about:
        'Runs on your machine: listens on 127.0.0.1 only and reads with the permissions of the kubeconfig.',
      default: false,
    }),
    context: optionalText({
      flag: 'context',
      about: 'Context of the kubeconfig. Default: the current one.',
    }),
    pageDir: optionalText({
      flag: 'page-dir',
      about: 'Folder of the built page. Default: the page that is built with this program.',
    }),
    kubeconfig,
    logLevel,
  },
  goaccess: {
    port: port({ flag: 'port', about: 'HTTP port for the page and its data.', default: 7890 }),
    feedDir: text({
      flag: 'feed-dir',
      about: 'Folder in which the agent writes: its --goaccess-dir.',
      default: '/run/kube-egress-goaccess',
    }),
    workDir: text({
      flag: 'work-dir',
      about: 'Folder in which GoAccess writes its page.',
      default: '/run/kube-egress-goaccess/page',
    }),
    logLevel,
  },
  forward: {
    proxy: text({ flag: 'proxy', about: 'URL of the proxy, as in HTTP_PROXY: http://host:port.' }),
    httpPort: port({
      flag: 'http-port',
      about: 'Port for redirected connections to port 80.',
      default: 31280,
    }),
    httpsPort: port({
      flag: 'https-port',
      about: 'Port for redirected connections to port 443.',
      default: 31443,
    }),
    logLevel,
  },
  'client-dns': {
    port: port({ flag: 'port', about: 'Port of the nameserver, UDP and TCP.', default: 5353 }),
    telemetryPort: telemetryPort(8082),
    clusterDomain: text({
      flag: 'cluster-domain',
      about: 'DNS domain of the cluster: its names are resolved for every client.',
      default: 'cluster.local',
    }),
    nameservers: optionalEndpoints({
      flag: 'nameservers',
      about: "The cluster's DNS. Default: the nameservers of /etc/resolv.conf.",
    }),
    agentSocket: text({
      flag: 'agent-socket',
      about: 'Unix socket of the agent, which knows the clients and their rules.',
      default: CLIENT_DNS_SOCKET,
    }),
    logLevel,
  },
  closer: {
    socketPath: text({
      flag: 'socket-path',
      about: 'Unix socket on which the closer serves the agent.',
      default: CLOSER_SOCKET,
    }),
    proxyPort: port({
      flag: 'proxy-port',
      about: 'Port of Squid: only its connections are closed.',
      default: 3128,
    }),
    logLevel,
  },
} as const;

export type OptionTables = typeof optionTables;
export type ComponentName = keyof OptionTables;
