import { describe, expect, test } from 'vitest';
import { findWords } from './find-words.ts';

const found = (path: string, text: string) =>
  findWords(path, text).map(({ line, found: words }) => `${line}: ${words}`);

describe('findWords', () => {
  test.each<[string, string, string, string[]]>([
    ['a line comment', 'a.ts', 'const a = 1; // Ends at once.\n', ['1: at once']],
    ['a pair over two lines of a comment', 'a.ts', '\n// It ends at\n// once.\n', ['2: at once']],
    ['a block comment', 'a.c', '/* A\n * judge. */\n', ['2: judge']],
    ['a string', 'a.ts', "test('nobody enters', run);\n", ['1: nobody']],
    ['the text of an element', 'a.tsx', '<p>Nobody has asked.</p>\n', ['1: Nobody']],
    ['a comment of a script', 'run.sh', '# begins anew\n', ['1: anew']],
    ['YAML', 'a.yaml', 'message: judged by hand\n', ['1: judged']],
    ['Markdown', 'a.md', 'One\n\nIt stands for two.\n', ['3: stands for']],
    ['the opening of a doc comment', 'a.ts', '/** Of Squid. */\n', ['1: Of']],
    ['the opening of a longer doc comment', 'a.ts', '\n/**\n * Those that ended.\n */\n', ['3: Those']],
  ])('finds a word in %s', (_, path, text, expected) => {
    expect(found(path, text)).toEqual(expected);
  });

  test.each([
    ['a name', 'a.ts', 'const anew = judge(nobody);\n'],
    ['a string of one word', 'a.ts', "run('nobody');\n"],
    ['a code span of a comment', 'a.ts', '// Reads `judge once`, `at once`.\n'],
    ['a code block of Markdown', 'a.md', '```\nkubectl get nobody\n```\nThe `nobody` user.\n'],
    ['a doc comment with a subject', 'a.ts', '/** Port of Squid. Those of clients differ. */\n'],
    ['told apart', 'a.md', 'They are told apart by name.\n'],
    ['a line that allows it', 'a.ts', '// words: allow: the user is named so\n// runs as nobody\n'],
  ])('leaves %s alone', (_, path, text) => {
    expect(found(path, text)).toEqual([]);
  });

  test('says what to write instead', () => {
    expect(findWords('a.md', 'It begins anew.')).toEqual([{ line: 1, found: 'anew', write: '"again"' }]);
  });
});
