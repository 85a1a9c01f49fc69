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

/** What each service account asked the API server for, by its audit log. */
export function readUsedRights(logs: string): UsedRights {
  const used = new Map<string, Set<Right>>();
  for (const file of globSync(join(logs, 'audit*.log'))) {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (!line.includes('system:serviceaccount:')) continue;
      const event = JSON.parse(line) as AuditEvent;
      const user = (event.impersonatedUser ?? event.user).username;
      for (const right of rightsOf(event)) {
        used.set(user, (used.get(user) ?? new Set()).add(right));
      }
    }
  }
  return used;
}

function rightsOf({ verb, objectRef, responseStatus }: AuditEvent): Right[] {
  if (objectRef === undefined) return [];
  const { apiGroup = '', resource, subresource } = objectRef;
  const what = `${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
  // An apply that makes an object needs both.
  const made = verb === 'patch' && responseStatus?.code === 201;
  return made ? [`${what} patch`, `${what} create`] : [`${what} ${verb}`];
}
