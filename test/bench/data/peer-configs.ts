/** Configurations of the proxies that ours is compared with. */
import { NAMESERVER, PEER_PORT, PORT } from './network.ts';

export interface NativeSquid {
  address: string;
  /** File with the names that are allowed; undefined: everything is. */
  names: string | undefined;
  /** Where its own log daemon writes; undefined: no log. */
  accessLog: string | undefined;
  /** Further lines. */
  more?: readonly string[];
}

/** Squid that decides by itself, otherwise as our own squid.conf has it. */
export function nativeSquidConf({ address, names, accessLog, more = [] }: NativeSquid): string {
  const lines = [
    `http_port ${address}:${PEER_PORT}`,
    'visible_hostname native',
    'via off',
    'forwarded_for delete',
    'icp_port 0',
    'htcp_port 0',
    'snmp_port 0',
    'pid_filename none',
    'coredump_dir none',
    'hosts_file none',
    'pinger_enable off',
    'max_filedescriptors 65536',
    'cache deny all',
    'cache_mem 0',
    'digest_generation off',
    'cache_store_log none',
    `dns_nameservers ${NAMESERVER}`,
    'dns_defnames off',
    ...(names === undefined
      ? ['http_access allow all']
      : [
          `acl named dstdomain -n "${names}"`,
          'acl ruled port 443 80 8080',
          'http_access allow named ruled',
          'http_access deny all',
        ]),
    'cache_log stdio:/dev/stderr',
    accessLog === undefined ? 'access_log none' : `access_log daemon:${accessLog} squid`,
    'buffered_logs off',
    'logfile_rotate 0',
    'shutdown_lifetime 0 seconds',
    ...more,
  ];
  return `${lines.join('\n')}\n`;
}

export interface Tinyproxy {
  address: string;
  filter: string;
  log: string;
}

export function tinyproxyConf({ address, filter, log }: Tinyproxy): string {
  const lines = [
    `Listen ${address}`,
    `Port ${PEER_PORT}`,
    'Timeout 600',
    'MaxClients 1000',
    `LogFile "${log}"`,
    'LogLevel Connect',
    'DisableViaHeader Yes',
    `Filter "${filter}"`,
    'FilterDefaultDeny Yes',
    'FilterExtended On',
    'ConnectPort 443',
    'ConnectPort 8080',
  ];
  return `${lines.join('\n')}\n`;
}

/** Tinyproxy compares regular expressions. */
export function tinyproxyFilter(names: readonly string[]): string {
  return names.map((name) => `^${name.replaceAll('.', '\\.')}$\n`).join('');
}

/** Smokescreen's ACL: one role, that of every client. */
export function smokescreenAcl(names: readonly string[]): string {
  const head = ['version: v1', 'services:', '  - name: client', '    project: bench', '    action: enforce'];
  return `${[...head, '    allowed_domains:', ...names.map((name) => `      - ${name}`)].join('\n')}\n`;
}

export interface Envoy {
  address: string;
  names: readonly string[];
  log: string;
}

const type = (name: string) => ({ '@type': `type.googleapis.com/envoy.${name}` });

/** Envoy's bootstrap for a forward proxy: a virtual host has the names that are allowed, another one refuses the rest. */
export function envoyBootstrap({ address, names, log }: Envoy): object {
  const dns = {
    name: 'names',
    dns_lookup_family: 'V4_ONLY',
    typed_dns_resolver_config: {
      name: 'envoy.network.dns_resolver.getaddrinfo',
      typed_config: type('extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig'),
    },
  };
  const forward = { cluster: 'forward', timeout: '0s' };
  const connect = { upgrade_type: 'CONNECT', connect_config: {} };
  const virtualHosts = [
    {
      name: 'allowed',
      domains: names.flatMap((name) => [name, ...Object.values(PORT).map((port) => `${name}:${port}`)]),
      routes: [
        { match: { connect_matcher: {} }, route: { ...forward, upgrade_configs: [connect] } },
        { match: { prefix: '/' }, route: forward },
      ],
    },
    {
      name: 'refused',
      domains: ['*'],
      routes: [
        { match: { connect_matcher: {} }, direct_response: { status: 403 } },
        { match: { prefix: '/' }, direct_response: { status: 403 } },
      ],
    },
  ];
  const manager = {
    ...type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'forward',
    route_config: { virtual_hosts: virtualHosts },
    upgrade_configs: [{ upgrade_type: 'CONNECT' }],
    access_log: [
      {
        name: 'file',
        typed_config: { ...type('extensions.access_loggers.file.v3.FileAccessLog'), path: log },
      },
    ],
    http_filters: [
      {
        name: 'forward',
        typed_config: {
          ...type('extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig'),
          dns_cache_config: dns,
        },
      },
      { name: 'router', typed_config: type('extensions.filters.http.router.v3.Router') },
    ],
  };
  return {
    static_resources: {
      listeners: [
        {
          address: { socket_address: { address, port_value: PEER_PORT } },
          filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
        },
      ],
      clusters: [
        {
          name: 'forward',
          lb_policy: 'CLUSTER_PROVIDED',
          circuit_breakers: {
            thresholds: [{ max_connections: 65536, max_requests: 65536, max_pending_requests: 65536 }],
          },
          cluster_type: {
            name: 'forward',
            typed_config: {
              ...type('extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig'),
              dns_cache_config: dns,
            },
          },
        },
      ],
    },
  };
}
