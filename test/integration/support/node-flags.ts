import { readFileSync } from 'node:fs';

const launcher = readFileSync(new URL('../../../src/launchers/kube-egress', import.meta.url), 'utf8');

/** What the image's entry point gives to Node. */
export const nodeFlags = (/\/node (--.*) \$home/.exec(launcher)?.[1] ?? '').split(' ');
