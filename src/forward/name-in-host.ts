/** The name or address in a Host header, without its port; undefined where there is none that could be one. */
export function nameInHost(host: string | undefined): string | undefined {
  return /^([\w.-]+|\[[\da-f:.]+\])(?::\d*)?$/i.exec(host ?? '')?.[1];
}
