/** Where Squid finds what it needs. The defaults are those of the image; tests render others. */
export interface SquidPaths {
  /** Squid's helper: `<relay> acl --socket <socket>`. */
  relay: string;
  /** Squid's logfile_daemon; it is given the folder of the segments. */
  logDaemon: string;
  /** Holds one file per error page. */
  errorPages: string;
  socket: string;
  logFolder: string;
  /** Holds `<upstream>/ca.crt` for each upstream with a CA of its own. */
  upstreamCertificates: string;
}

export const squidPaths: SquidPaths = {
  relay: '/opt/kube-egress/bin/relay',
  logDaemon: '/opt/kube-egress/bin/log-daemon',
  errorPages: '/opt/kube-egress/squid/errors',
  socket: '/run/kube-egress/agent.sock',
  logFolder: '/run/kube-egress/log',
  upstreamCertificates: '/etc/kube-egress/upstreams',
};
