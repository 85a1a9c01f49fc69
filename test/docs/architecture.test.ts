import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { controllers } from '../../src/controller/controllers.ts';

const root = new URL('../../', import.meta.url);
const architecture = readFileSync(new URL('docs/architecture.md', root), 'utf8');

/** The rooms of the block below "Rooms", each with the folders that its lines name as `folder/ what is in it`. */
function listedRooms(): Map<string, string[]> {
  const [, block = ''] = /^## Rooms\n```\n([\s\S]*?)^```/m.exec(architecture) ?? [];
  const rooms = new Map<string, string[]>();
  // One entry per room: its line and the indented ones below it.
  for (const entry of block.split(/^ {2}(?=\S)/m)) {
    const [, room] = /^(src\/[\w-]+) /.exec(entry) ?? [];
    if (room === undefined) continue;
    rooms.set(
      room,
      [...entry.matchAll(/ ([a-z-]+)\/ /g)].map(([, folder = '']) => folder),
    );
  }
  return rooms;
}

describe('docs/architecture.md', () => {
  const rooms = listedRooms();

  test('quotes the example that the controller executes', () => {
    const source = readFileSync(new URL('src/controller/example-controller.test.ts', root), 'utf8');
    const [, example] = /^\/\/ \[example\]\n([\s\S]*?)^\/\/ \[\/example\]$/m.exec(source) ?? [];
    const [, quoted] = /^```ts\n([\s\S]*?)^```$/m.exec(architecture) ?? [];
    expect(quoted).toBe(example);
  });

  test('lists every room of src, and no other', () => {
    const src = readdirSync(new URL('src/', root), { withFileTypes: true });
    const found = src.filter((entry) => entry.isDirectory()).map(({ name }) => `src/${name}`);
    expect([...rooms.keys()].toSorted()).toEqual(found.toSorted());
  });

  test('is completed by src/controller/README.md, which has each folder of the room and its queue', () => {
    const readme = readFileSync(new URL('src/controller/README.md', root), 'utf8');
    const rows = [...readme.matchAll(/^\| `([a-z-]+)` \|(?: `(\w+)` \|)?/gm)];
    const entries = readdirSync(new URL('src/controller/', root), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(rows.map(([, folder]) => folder).toSorted()).toEqual(folders.toSorted());
    const queues = rows.flatMap(([, , queue]) => queue ?? []);
    expect(queues.toSorted()).toEqual(controllers.map(({ name }) => name).toSorted());
  });

  test('lists folders of rooms that exist', () => {
    const paths = [...rooms].flatMap(([room, folders]) => folders.map((folder) => `${room}/${folder}`));
    expect(paths.length).toBeGreaterThan(8);
    expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  });
});
