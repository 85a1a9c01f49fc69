/** Configurations of the proxies that ours is compared with. */
import { NAMESERVER, PEER_PORT } from './network.ts';

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
