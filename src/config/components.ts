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
  optionalEndpoints,
  optionalText,
  optionalUpstreams,
  port,
  text,
} from './option.ts';

const namespace = text({
  flag: 'namespace',
  env: 'POD_NAMESPACE',
  about: "The product's own namespace.",
  default: 'kube-egress-system',
});
const podName = text({ flag: 'pod-name', env: 'POD_NAME', about: "This pod's name." });
const podIP = text({ flag: 'pod-ip', env: 'POD_IP', about: "This pod's address." });
const logLevel = choice(logLevels, {
  flag: 'log-level',
  about: 'The least level that is logged.',
  default: 'info',
});
const kubeconfig = optionalText({
  flag: 'kubeconfig',
  about: 'A kubeconfig file. Without one: $KUBECONFIG, ~/.kube/config, then the ServiceAccount.',
});
const clusterDomain = optionalText({
  flag: 'cluster-domain',
  about: 'The DNS domain of the cluster. Default: found out from /etc/resolv.conf.',
});
const telemetryPort = <const P extends number>(default_: P) =>
  port({ flag: 'telemetry-port', about: 'Serves /livez, /readyz and /metrics.', default: default_ });

const CLOSER_SOCKET = '/run/kube-egress-closer/closer.sock';

/** One line for each component, as the help texts show it. */
export const componentAbout = {
  webhook: 'Admission webhook: injects the proxy variables and validates rule sets and proxies.',
  controller: 'Reconciles Squid, the NetworkPolicies and the certificates.',
  agent: 'Decides the requests of the Squid in its pod and writes the audit log.',
  dashboard: 'Read-only page: allowed and denied requests, the reason, and the rule to add.',
  goaccess: 'Runs GoAccess on the log that the agent writes; page and data on one port.',
  forward: 'Sidecar of transparent mode: forwards redirected connections to the proxy.',
  closer: 'Closes connections of tunnels that the rules no longer allow.',
} as const;

/** Every flag and environment variable of every component. */
export const optionTables = {
  webhook: {
    port: port({ flag: 'port', about: 'Serves admission over HTTPS.', default: 8443 }),
    telemetryPort: telemetryPort(8080),
    namespace,
    secretName: text({
      flag: 'secret-name',
      about: 'The Secret with the serving certificate (tls.crt, tls.key), in the namespace.',
      default: 'kube-egress-webhook-tls',
    }),
    namespaceWaitMs: milliseconds({
      flag: 'namespace-wait-ms',
      about: 'How long a pod waits for a namespace that is not known yet.',
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
      about: 'Unlike every other candidate for leadership: the name of the pod.',
    },
    image: optionalText({
      flag: 'image',
      about: 'The image of proxies that name none. Default: the one that this pod runs from.',
    }),
    telemetryPort: telemetryPort(8080),
    dnsService: namespacedName({
      flag: 'dns-service',
      about: "The Service of the cluster's DNS.",
      default: 'kube-system/kube-dns',
    }),
    clusterDomain,
    activityIntervalMs: milliseconds({
      flag: 'activity-interval-ms',
      about: "Time between two writes of a namespace's counts in its EgressActivity.",
      default: 60_000,
    }),
    unusedDays: days({
      flag: 'unused-days',
      about: 'After so many days a rule set that no request has used is said to be unused.',
      default: 30,
    }),
    kubeconfig,
    logLevel,
  },
  agent: {
    proxy: namespacedName({ flag: 'proxy', about: 'The EgressProxy that this agent decides for.' }),
    productNamespace: text({
      flag: 'product-namespace',
      about: "The product's own namespace, whose pods are never judged as clients.",
      default: 'kube-egress-system',
    }),
    podName,
    podIP,
    socketPath: text({
      flag: 'socket-path',
      about: 'Where the relay reaches the agent.',
      default: '/run/kube-egress/agent.sock',
    }),
    logDir: text({
      flag: 'log-dir',
      about: 'Where the relay writes log segments.',
      default: '/run/kube-egress/log',
    }),
    accessLog: optionalChoice(['json', 'squid', 'combined'], {
      flag: 'access-log',
      about: 'Write the log to files, too, in this format.',
    }),
    accessLogDir: text({
      flag: 'access-log-dir',
      about: 'Where these files are.',
      default: '/var/log/squid',
    }),
    accessLogFileSize: bytes({
      flag: 'access-log-file-size',
      about: 'When one of these files is full.',
      default: 64 << 20,
    }),
    accessLogMaxSize: bytes({
      flag: 'access-log-max-size',
      about: 'How much all of them may have; the oldest go.',
      default: 1 << 30,
    }),
    goAccessDir: optionalText({
      flag: 'goaccess-dir',
      about: 'Write what GoAccess reads into this folder.',
    }),
    stateDir: text({
      flag: 'state-dir',
      about: 'Where the snapshot is kept.',
      default: '/var/lib/kube-egress',
    }),
    closerSocket: text({
      flag: 'closer-socket',
      about: 'Where the closer listens, if there is one.',
      default: CLOSER_SOCKET,
    }),
    certDir: text({
      flag: 'cert-dir',
      about: 'Where the serving certificate is mounted (tls.crt, tls.key).',
      default: '/etc/kube-egress/tls',
    }),
    telemetryPort: telemetryPort(8081),
    apiPort: port({ flag: 'api-port', about: 'Serves generations and flows over TLS.', default: 8444 }),
    dnsListen: endpoint({
      flag: 'dns-listen',
      about: "Where Squid's resolver listens.",
      default: '127.0.0.1:53',
    }),
    dnsUpstream: optionalEndpoints({
      flag: 'dns-upstream',
      about: 'The resolvers behind it. Default: the nameservers of /etc/resolv.conf.',
    }),
    upstreams: optionalUpstreams({
      flag: 'upstreams',
      about: 'The parents that the Squid beside this agent knows.',
    }),
    kubeconfig,
    logLevel,
  },
  dashboard: {
    port: port({ flag: 'port', about: 'Serves the page and its read API over HTTP.', default: 8090 }),
    telemetryPort: telemetryPort(8080),
    namespace,
    local: flag({
      flag: 'local',
      about: "On the viewer's machine: listens on 127.0.0.1 alone, and looks with the kubeconfig's rights.",
      default: false,
    }),
    context: optionalText({
      flag: 'context',
      about: 'A context of the kubeconfig; default its current one.',
    }),
    pageDir: optionalText({
      flag: 'page-dir',
      about: 'The folder of the built page. Default: the one that was built with this program.',
    }),
    kubeconfig,
    logLevel,
  },
  goaccess: {
    port: port({ flag: 'port', about: 'Serves the page and its data.', default: 7890 }),
    feedDir: text({
      flag: 'feed-dir',
      about: 'Where the agent writes, its --goaccess-dir.',
      default: '/run/kube-egress-goaccess',
    }),
    workDir: text({
      flag: 'work-dir',
      about: 'Where GoAccess keeps its page.',
      default: '/run/kube-egress-goaccess/page',
    }),
    logLevel,
  },
  forward: {
    proxy: text({ flag: 'proxy', about: 'The proxy, as HTTP_PROXY has it: http://host:port.' }),
    httpPort: port({ flag: 'http-port', about: 'Takes what went to port 80.', default: 31280 }),
    httpsPort: port({ flag: 'https-port', about: 'Takes what went to port 443.', default: 31443 }),
    logLevel,
  },
  closer: {
    socketPath: text({
      flag: 'socket-path',
      about: 'Where the agent asks to end connections.',
      default: CLOSER_SOCKET,
    }),
    proxyPort: port({
      flag: 'proxy-port',
      about: "Squid's port: no other connection is ended.",
      default: 3128,
    }),
    logLevel,
  },
} as const;

export type OptionTables = typeof optionTables;
export type ComponentName = keyof OptionTables;
