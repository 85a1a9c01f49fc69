/** Where GoAccess's page says how to reach its WebSocket. */
const CONNECTION = /var connection = \{[^}]*\}/;
/** A name or an address with its port, as a browser sends it: nothing that could end a text in a script. */
const HOST = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** The page asks for its data where it came from itself, be it a port-forward, a node port or an ingress. */
export function pointToHost(html: string, host: string): string {
  const connection = { url: `${withPort(host)}/ws`, port: 0, ping_interval: 30 };
  return html.replace(CONNECTION, () => `var connection = ${JSON.stringify(connection)}`);
}

export function isHost(host: string): boolean {
  return HOST.test(host);
}

/** Whether a page of another origin asks: it must not read what only a port-forward's owner may see. */
export function isForeign(origin: string | undefined, host: string): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== new URL(`http://${host}`).host;
}

/** GoAccess's page takes an address for one only with a port behind it. */
function withPort(host: string): string {
  return /:\d+$/.test(host) ? host : `${host}:80`;
}
