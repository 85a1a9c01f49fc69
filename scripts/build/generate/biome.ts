import { importRules } from './import-rules.ts';

/** biome.json: formatter, linter, and the import rules of import-rules.ts. */
export function renderBiomeConfig(): string {
  return `${onOneLine(JSON.stringify(config(), undefined, 2))}\n`;
}

/** Lists of strings take one line each, or the file would have two thousand. */
function onOneLine(json: string): string {
  return json.replaceAll(/\[\s*"[^\][{}]*\]/g, (list) => list.replaceAll(/\s*\n\s*/g, ' '));
}

function config(): object {
  return {
    $schema: './node_modules/@biomejs/biome/configuration_schema.json',
    vcs: { enabled: true, clientKind: 'git', useIgnoreFile: true },
    files: {
      includes: [
        'src/**/*.ts',
        'src/**/*.tsx',
        'src/**/*.css',
        'scripts/**/*.ts',
        'test/**/*.ts',
        'test/**/*.mjs',
        '*.json',
        '*.ts',
      ],
    },
    formatter: { indentStyle: 'space', indentWidth: 2, lineWidth: 110 },
    javascript: { formatter: { quoteStyle: 'single', trailingCommas: 'all' } },
    linter: {
      enabled: true,
      rules: {
        preset: 'recommended',
        complexity: {
          noExcessiveCognitiveComplexity: { level: 'error', options: { maxAllowedComplexity: 10 } },
          useLiteralKeys: 'off',
        },
        style: { noNonNullAssertion: 'error', useImportType: 'error' },
        suspicious: { noImportCycles: { level: 'error', options: { ignoreTypes: false } } },
      },
    },
    overrides: [
      { includes: ['biome.json'], formatter: { enabled: false } },
      {
        includes: ['src/dashboard/page/**/*.css'],
        linter: { rules: { style: { noDescendingSpecificity: 'off' } } },
      },
      ...importRules(),
    ],
  };
}
