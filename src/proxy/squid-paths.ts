/** Paths in squid.conf: those of the image, unless a test renders others. */
export interface SquidPaths {
  /** External ACL helper of Squid: `<relay> acl --socket <socket>`. */
  relay: string;
  /** Squid's logfile_daemon, called with the folder of the segments. */
  logDaemon: string;
  /** Folder with one file for each error page. */
  errorPages: string;
  socket: string;
  logFolder: string;
  /** Folder with `<upstream>/ca.crt` for each upstream with its own certificate authority. */
  upstreamCertificates: string;
}

/** Socket for the gate's reports, in the folder of the one for Squid's relay. */
export const GATE_SOCKET_NAME = 'gate.sock';

/** Files between the agent and the limit of connections in Squid's process, beside the relay's socket. */
export const ACCEPT_LIMIT_FILES = { limits: 'client-limits', counts: 'open-connections' } as const;

/** The library in Squid's process (src/in-squid). */
export const IN_SQUID_LIBRARY = '/opt/kube-egress/lib/in-squid.so';

export const squidPaths: SquidPaths = {
  relay: '/opt/kube-egress/bin/relay',
  logDaemon: '/opt/kube-egress/bin/log-daemon',
  errorPages: '/opt/kube-egress/squid/errors',
  socket: '/run/kube-egress/agent.sock',
  logFolder: '/run/kube-egress/log',
  upstreamCertificates: '/etc/kube-egress/upstreams',
};
