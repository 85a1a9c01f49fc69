import { describe, expect, it } from 'vitest';
import {
  type Command,
  complete,
  exit,
  parseCommandLine,
  renderHelp,
  renderOverview,
  UsageError,
} from './index.ts';

const check: Command = {
  name: 'check',
  summary: 'Check',
  description: 'Checks\n    targets.',
  examples: [['One', 'kubectl egress check my-app a.test:443']],
  usage: 'NAMESPACE TARGET...',
  args: { least: 2, most: 3 },
  flags: [
    { name: 'output', short: 'o', value: 'FORMAT', choices: ['json', 'yaml'], about: 'The format.' },
    { name: 'filename', short: 'f', value: 'FILE', many: true, about: 'A file.' },
    { name: 'strict', about: 'Strict.' },
  ],
  online: true,
  run: async () => exit.ok,
};
const commands = [check, { ...check, name: 'lint', usage: '', args: { least: 0, most: 0 } }];
const parse = (line: string) => parseCommandLine(commands, line === '' ? [] : line.split(' '));

describe('parseCommandLine', () => {
  it('reads arguments and flags in any order', () => {
    const parsed = parse('check -o json my-app --strict a.test:443 -f one -n=x --filename=two -- -b');
    if (parsed.kind !== 'run') throw new Error(parsed.kind);
    const { args, text, texts, has } = parsed.invocation;
    expect(args).toEqual(['my-app', 'a.test:443', '-b']);
    expect([text('output'), texts('filename'), has('strict'), has('help')]).toEqual([
      'json',
      ['one', 'two'],
      true,
      false,
    ]);
  });

  it.each<[string, string]>([
    ['chek', 'there is no command "chek"; did you mean check?'],
    ['zeal', 'there is no command "zeal"'],
    ['-n x check', '-n: flags follow the command'],
    ['check my-app', 'an argument is missing: check NAMESPACE TARGET...'],
    ['check a b c d', 'unexpected argument "d": check NAMESPACE TARGET...'],
    ['check a b --outptu json', 'unknown flag --outptu; did you mean --output?'],
    ['check a b -o xml', '-o: "xml" is not one of json, yaml'],
    ['check a b -o', '-o needs a value: -o FORMAT'],
    ['check a b --strict=maybe', '--strict takes no value'],
  ])('%s: %s', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(message);
  });

  it.each(['', '--help', '-h', 'help', 'help check', 'check --help', 'check -h nonsense'])(
    '"%s" asks for help',
    (line) => {
      const parsed = parse(line);
      expect(parsed).toEqual({ kind: 'help', command: line.includes('check') ? check : undefined });
    },
  );
});

describe('help', () => {
  it('lists the commands', () => {
    expect(renderOverview(commands)).toContain('\n  check   Check\n  lint    Check\n');
  });

  it('has description, examples, usage and flags', () => {
    const help = renderHelp(check);
    for (const text of [
      'Checks targets.\n',
      '  # One\n  kubectl egress check my-app a.test:443\n',
      'Usage:\n  kubectl egress check NAMESPACE TARGET... [flags]\n',
      '  -o, --output FORMAT\n          The format. One of json, yaml.\n',
      '      --context NAME\n',
    ])
      expect(help).toContain(text);
  });
});

describe('complete', () => {
  it.each<[string[], string]>([
    [['c'], 'check\n:4\n'],
    [[''], 'check\nlint\n:4\n'],
    [['check', '--str'], '--strict\n:4\n'],
    [['check', '-o', ''], 'json\nyaml\n:4\n'],
    [['check', '-f', ''], ':0\n'],
    [['nothing', ''], ':4\n'],
  ])('%j', (words, expected) => {
    expect(complete(commands, words)).toBe(expected);
  });
});
