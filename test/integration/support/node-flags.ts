import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const launcher = readFileSync(new URL('../../../src/launchers/kube-egress', import.meta.url), 'utf8');

/** What the image's entry point gives to Node for a component. */
export function nodeFlags(component: string): string[] {
  const script = launcher.replace('exec $home/bin/node', 'echo');
  const words = execFileSync('sh', ['-c', script, 'sh', component], { encoding: 'utf8' }).trim().split(' ');
  return words.filter((word) => word.startsWith('--'));
}
