/** Lower case without the final dot: the form in which names are compared. */
export function canonicalName(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}
