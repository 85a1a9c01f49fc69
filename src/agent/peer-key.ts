/** Names the client's end of a connection, `address port`. The address is canonical. */
export function peerKey(address: string, port: number): string {
  return `${address} ${port}`;
}
