import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface AuditEvent {
  verb: string;
  user: { username: string };
  impersonatedUser?: { username: string };
  objectRef?: { apiGroup?: string; resource: string; subresource?: string };
  responseStatus?: { code?: number };
}

/** One right, as `<apiGroup>/<resource>[/<subresource>] <verb>`; the core group is empty. */
export type Right = string;

/** `system:serviceaccount:<namespace>:<name>` */
export type UsedRights = ReadonlyMap<string, ReadonlySet<Right>>;

/** What each service account asked the API servers for, by the audit logs in these folders. */
export function readUsedRights(folders: readonly string[]): UsedRights {
  const used = new Map<string, Set<Right>>();
  const files = folders.flatMap((folder) => globSync(join(folder, 'audit*.log')));
  for (const event of files.flatMap(readEvents)) {
    const user = (event.impersonatedUser ?? event.user).username;
    const rights = used.get(user) ?? new Set();
    for (const right of rightsOf(event)) rights.add(right);
    used.set(user, rights);
  }
  return used;
}

/** Requests of service accounts. The API server may be writing the last line. */
function readEvents(file: string): AuditEvent[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.includes('system:serviceaccount:'))
    .map((line) => JSON.parse(line) as AuditEvent);
}

function rightsOf({ verb, objectRef, responseStatus }: AuditEvent): Right[] {
  if (objectRef === undefined) return [];
  const { apiGroup = '', resource, subresource } = objectRef;
  const what = `${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
  // An apply that makes an object needs both.
  const made = verb === 'patch' && responseStatus?.code === 201;
  return made ? [`${what} patch`, `${what} create`] : [`${what} ${verb}`];
}
