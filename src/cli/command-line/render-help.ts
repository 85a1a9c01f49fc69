import { type Command, clusterFlags, type Flag, flagsOf } from './command.ts';

const PROGRAM = 'kubectl egress';
/** Characters of a help line. */
const WIDTH = 100;

/** The help of the plugin: its commands. */
export function renderOverview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 3;
  return [
    'Shows, checks and changes what namespaces may reach through kube-egress.',
    '',
    'Usage:',
    `  ${PROGRAM} COMMAND [flags]`,
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    'Exit codes:',
    '  0  yes, or done',
    '  1  no: a fault, a refusal or a problem was found',
    '  2  the command line or an input file is wrong',
    '  3  no answer: the cluster cannot be reached, or denies the request',
    '  130  Ctrl-C; test-proxy has the exit codes of curl',
    '',
    `Use "${PROGRAM} COMMAND --help" for more about a command.`,
    '',
  ].join('\n');
}

export function renderHelp(command: Command): string {
  const { name, description, examples, usage, online } = command;
  const own = flagsOf({ ...command, online: false });
  return [
    wrap(description),
    '',
    'Examples:',
    ...examples.flatMap(([comment, line]) => [`  # ${comment}`, `  ${line}`, '']),
    'Usage:',
    `  ${[PROGRAM, name, usage, '[flags]'].filter(Boolean).join(' ')}`,
    '',
    'Flags:',
    ...own.flatMap(renderFlag),
    ...(online ? ['', 'Flags of the cluster:', ...clusterFlags.flatMap(renderFlag)] : []),
    '',
  ].join('\n');
}

function renderFlag({ name, short, value, choices, about }: Flag): string[] {
  const shown = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
  const allowed = choices === undefined ? '' : ` One of ${choices.join(', ')}.`;
  return [
    `  ${shown}`,
    ...wrap(`${about}${allowed}`, WIDTH - 10)
      .split('\n')
      .map((line) => `          ${line}`),
  ];
}

/** Breaks paragraphs between words. */
function wrap(text: string, width = WIDTH): string {
  return text
    .split('\n\n')
    .map((paragraph) => wrapParagraph(paragraph, width))
    .join('\n\n');
}

function wrapParagraph(paragraph: string, width: number): string {
  const lines: string[] = [''];
  for (const word of paragraph.split(/\s+/)) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.join('\n');
}
