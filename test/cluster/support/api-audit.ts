import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from './state-folder.ts';

interface AuditEvent {
  verb: string;
  user: { username: string };
  impersonatedUser?: { username: string };
  objectRef?: { resource: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
}

const changing = /^(create|update|patch|delete)$/;

/** Who tried to change the object, by the API server's own audit log, in order: `user verb status`. Its status is left out. */
export function changesOf(namespace: string, resource: string, name: string): string[] {
  return globSync(join(stateFolder, 'logs/audit*.log'))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(0, -1))
    .filter((line) => line.includes(`"${name}"`) && line.includes(`"${resource}"`))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ verb, objectRef }) => {
      if (objectRef?.subresource !== undefined || !changing.test(verb)) return false;
      return objectRef?.namespace === namespace && objectRef.resource === resource && objectRef.name === name;
    })
    .map(({ verb, user, impersonatedUser, responseStatus }) =>
      [(impersonatedUser ?? user).username, verb, responseStatus?.code].join(' '),
    );
}
