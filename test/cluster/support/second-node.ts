import { bash } from '../../../scripts/scenario/shell.ts';

const cluster = new URL('../../../scripts/cluster', import.meta.url).pathname;

export interface Node {
  name: string;
  address: string;
}

/** Adds node-2 to the cluster where it has only one. */
export async function startSecondNode(): Promise<void> {
  await onCluster('up --nodes 2', 240);
}

/** `scripts/cluster`; throws unless it succeeds. */
export async function onCluster(args: string, timeoutSeconds = 60): Promise<string> {
  const ran = await bash(`${cluster} ${args}`, { timeoutSeconds });
  if (ran.code !== 0) throw new Error(`scripts/cluster ${args}: ${ran.stderr}`);
  return ran.stdout;
}
