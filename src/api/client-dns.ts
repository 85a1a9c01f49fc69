/**
 * What the container client-dns and the agent of its pod say to each other: JSON over HTTP on a Unix socket.
 * `GET /v1/outside-names?client=ADDRESS` gives OutsideNames, `POST /v1/asked-names` takes a list of AskedName.
 */

/** What a client gets for names outside of the cluster. */
export interface OutsideNames {
  /**
   * `refuse`: the name does not exist. `forward`: what the cluster's DNS answers. `redirect`: an address whose connections
   * transparent mode redirects to the proxy, without asking for the name.
   */
  answer: 'refuse' | 'forward' | 'redirect';
  /** Whether the agent wants to know which outside names the client asks for. */
  report: boolean;
  /** Names that are resolved whatever `answer` says: host names, or `*.` and a domain for everything below it. */
  resolved: string[];
}

/** Queries of one client for one outside name. */
export interface AskedName {
  /** Address of the client. */
  client: string;
  /** Canonical, or `*` for those that were too many to be listed. */
  name: string;
  queries: number;
}
