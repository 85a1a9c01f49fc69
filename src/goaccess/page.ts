/** The address of the WebSocket in GoAccess's page. */
const CONNECTION = /var connection = \{[^}]*\}/;
/** A name or an address, with or without a port. It cannot end a string in a script. */
const HOST = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Makes the page read its data from the host that it was loaded from, such as a port-forward, a node port or an
 * ingress.
 */
export function setWebSocketHost(html: string, host: string): string {
  const connection = { url: `${withPort(host)}/ws`, port: 0, ping_interval: 30 };
  return html.replace(CONNECTION, () => `var connection = ${JSON.stringify(connection)}`);
}

export function isValidHost(host: string): boolean {
  return HOST.test(host);
}

/** Whether a page of another site sent the request: it must not read the data through a user's port-forward. */
export function isCrossOrigin(origin: string | undefined, host: string): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== new URL(`http://${host}`).host;
}

/** GoAccess's page requires a port in the address. */
function withPort(host: string): string {
  return /:\d+$/.test(host) ? host : `${host}:80`;
}
