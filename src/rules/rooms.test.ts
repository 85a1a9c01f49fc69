import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** From the bottom to the top: a room imports lower rooms, by their index.ts, and fault.ts. */
const rooms = ['address', 'target', 'validate', 'decide'];
const root = import.meta.dirname;

const filesOf = (room: string) =>
  globSync(`${root}/${room}/*.ts`).filter((file) => !/\.(test|fixture)\.ts$/.test(file));
const importsOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/from '(\.\.\/[^']+)'/g)].map(([, path = '']) => path);

describe('src/rules', () => {
  it.each(rooms.map((room, level) => [room, rooms.slice(0, level)] as const))(
    '%s imports only %j',
    (room, lower) => {
      const allowed = new Set([
        '../fault.ts',
        '../../api/index.ts',
        ...lower.map((name) => `../${name}/index.ts`),
      ]);
      const upwards = filesOf(room).flatMap((file) =>
        importsOf(file)
          .filter((path) => !allowed.has(path))
          .map((path) => `${file.slice(root.length + 1)} imports ${path}`),
      );
      expect(upwards).toEqual([]);
    },
  );
});
