import { readFileSync, writeFileSync } from 'node:fs';
import { splice } from '../support/splice.ts';
import { askAll } from './ask.ts';
import { type Client, clients } from './clients.ts';
import { columns } from './columns.ts';
import { setPlaces } from './places.ts';
import { type Row, renderGroup, renderOutcome } from './render-matrix.ts';

/**
 * Runs the matrix on the cluster of KUBECONFIG: `main.ts [--write FILE] [WORD...]`. A word chooses the clients with it in
 * their name or group. A group of which every client was asked is written.
 */
const words = process.argv.slice(2);
const file = words[0] === '--write' ? words.splice(0, 2)[1] : undefined;
const image = process.env['EGRESS_COMPATIBILITY_IMAGE'];
if (image === undefined) throw new Error('EGRESS_COMPATIBILITY_IMAGE is not set: use scripts/compatibility');
const chosen = clients.filter(isChosen);
if (chosen.length === 0) throw new Error(`no client is named like ${words.join(', ')}`);

const places = await setPlaces(image);
const rows: Row[] = [];
const started = Date.now();
// Group by group, so that a run that is ended has written what it has measured.
for (const group of new Set(chosen.map((client) => client.group))) {
  const clientsOfGroup = chosen.filter((each) => each.group === group);
  // A client whose long transfers are measured waits for most of its time.
  const waiting = clientsOfGroup.filter(({ upload }) => upload !== undefined).map(measure);
  for (const client of clientsOfGroup) if (client.upload === undefined) await measure(client);
  await Promise.all(waiting);
  writeGroup(group);
}

async function measure(client: Client): Promise<void> {
  const row = await askAll(client, places);
  rows.push(row);
  const seconds = Math.round((Date.now() - started) / 1000);
  const cells = row.outcomes.map((outcome, index) => renderOutcome(outcome, columns[index]?.expected));
  console.log(
    `[${rows.length}/${chosen.length}] ${seconds} s  ${client.name} ${row.version}: ${cells.join(' · ')}`,
  );
}

function isChosen({ name, group }: Client): boolean {
  const text = `${group} ${name}`.toLowerCase();
  return words.length === 0 || words.some((word) => text.includes(word.toLowerCase()));
}

function writeGroup(group: Client['group']): void {
  const all = clients.filter((client) => client.group === group);
  const asked = all.flatMap((client) => rows.filter((row) => row.client === client));
  const table = renderGroup(asked, columns);
  if (file === undefined || asked.length < all.length) {
    console.log(`${group}\n\n${table}`);
    return;
  }
  const block = { name: `compatibility ${group}`, writer: 'scripts/compatibility' };
  const text = `Measured on ${new Date().toISOString().slice(0, 10)}.\n\n${table}`;
  writeFileSync(file, splice(readFileSync(file, 'utf8'), block, text));
}
