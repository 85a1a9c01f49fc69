import { readFileSync, writeFileSync } from 'node:fs';
import { splice } from '../bench/report/splice.ts';
import { inPod } from '../cluster/support/client-pods.ts';
import { type Client, clients } from './clients.ts';
import { columns, type Places } from './columns.ts';
import { type Outcome, readOutcome } from './outcome.ts';
import { setPlaces } from './places.ts';
import { type Row, renderMatrix } from './render-matrix.ts';

/** Runs the matrix on the cluster of KUBECONFIG: `main.ts [--write FILE] [CLIENT...]`. */
const arguments_ = process.argv.slice(2);
const write = arguments_[0] === '--write' ? arguments_.splice(0, 2)[1] : undefined;
const image = process.env['EGRESS_COMPATIBILITY_IMAGE'];
if (image === undefined) throw new Error('EGRESS_COMPATIBILITY_IMAGE is not set: use scripts/compatibility');
const chosen =
  arguments_.length === 0
    ? clients
    : clients.filter(({ name }) =>
        arguments_.some((word) => name.toLowerCase().includes(word.toLowerCase())),
      );
if (chosen.length === 0) throw new Error(`no client is named like ${arguments_.join(', ')}`);

const places = await setPlaces(image);
const rows: Row[] = [];
const started = Date.now();
for (const [index, client] of chosen.entries()) {
  const row = await ask(client, places);
  rows.push(row);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(
    `[${index + 1}/${chosen.length}] ${seconds} s  ${client.name} ${row.version}: ${row.outcomes.map((outcome) => (outcome.kind === 'answered' ? outcome.status : outcome.text)).join(' · ')}`,
  );
}
const text = renderMatrix(rows, columns);
if (write === undefined) console.log(text);
else
  writeFileSync(
    write,
    splice(
      readFileSync(write, 'utf8'),
      'compatibility',
      `Measured on ${new Date().toISOString().slice(0, 10)}.\n\n${text}`,
    ),
  );

async function ask(client: Client, at: Places): Promise<Row> {
  const version = await inPod(`${at.namespace}/client`, client.version);
  const outcomes: Outcome[] = [];
  for (const { url } of columns) {
    const command = `export URL=${JSON.stringify(url(at))}; ${client.request}`;
    const { stdout } = await inPod(`${at.namespace}/client`, command, 40);
    outcomes.push(readOutcome(stdout));
  }
  return { client, version: version.stdout.trim(), outcomes };
}
