import type { Io } from '../io.ts';

/** A flag of a command. Without `value` it is a switch. */
export interface Flag {
  /** Without the dashes, in kebab-case. */
  name: string;
  /** One letter. */
  short?: string;
  /** Placeholder of the value in the help, in capitals. */
  value?: string;
  /** The only values that are allowed. */
  choices?: readonly string[];
  /** The flag may be given several times. */
  many?: true;
  about: string;
}

/** What a command is called with, already validated against its flags. */
export interface Invocation {
  args: readonly string[];
  /** The value of a flag; undefined if it is not given. */
  text: (flag: string) => string | undefined;
  /** All values of a flag that may be given several times. */
  texts: (flag: string) => readonly string[];
  /** Whether a switch is given. */
  has: (flag: string) => boolean;
  io: Io;
}

/** Exit codes of every command; docs/guide/kubectl-egress.md lists them. */
export const exit = {
  /** The command did what it was asked, and there is nothing to report. */
  ok: 0,
  /** The command ran, and its answer is a no: a fault, a refusal, a problem. */
  no: 1,
  /** The command line or an input file is wrong. */
  usage: 2,
  /** There is no answer: the cluster cannot be reached or denies the request. */
  unanswered: 3,
  /** The command was interrupted by Ctrl-C: 128 and the number of the signal, as shells have it. */
  interrupted: 130,
} as const;

/** One command below `kubectl egress`. */
export interface Command {
  name: string;
  /** One line in the list of commands. */
  summary: string;
  /** Paragraphs of the help. */
  description: string;
  /** A comment and a command line each. */
  examples: readonly (readonly [comment: string, line: string])[];
  /** Arguments in the usage line, such as `NAMESPACE[/POD] TARGET...`. */
  usage?: string;
  /** How many arguments it takes. Default: none. */
  args?: { least: number; most: number };
  flags: readonly Flag[];
  /** Whether it talks to a cluster, and so has the flags of kubectl for that. */
  online: boolean;
  /** Resolves with the exit code. Throws UsageError, ApiError, UnreachableError or a fault. */
  run: (invocation: Invocation) => Promise<number>;
}

/** The command line or an input is wrong. The message says what, where, and what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Flags of commands that talk to a cluster, as kubectl has them. */
export const clusterFlags: readonly Flag[] = [
  {
    name: 'namespace',
    short: 'n',
    value: 'NAMESPACE',
    about: "The namespace. Default: the one of the kubeconfig's context.",
  },
  { name: 'context', value: 'NAME', about: 'The context of the kubeconfig. Default: its current one.' },
  {
    name: 'kubeconfig',
    value: 'FILE',
    about: 'The kubeconfig. Default: $KUBECONFIG, then ~/.kube/config.',
  },
  { name: 'as', value: 'USER', about: 'The user to impersonate.' },
  { name: 'as-group', value: 'GROUP', many: true, about: 'A group to impersonate.' },
];

/** All flags of a command, those that every command has included. */
export function flagsOf({ flags, online }: Pick<Command, 'flags' | 'online'>): readonly Flag[] {
  const help: Flag = { name: 'help', short: 'h', about: 'Shows this help.' };
  return [...flags, ...(online ? clusterFlags : []), help];
}
