import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { panels } from './dashboard.ts';
import { readRules } from './monitoring.ts';
import { seriesNames, servedMetrics } from './served-metrics.ts';

const rules = readRules().groups.flatMap((group) => group.rules);
const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
const known = seriesNames();

/** Every metric in an expression that no component serves and no rule records. */
function unknownIn(expression: string): string[] {
  const names = expression.match(/\b(?:kube_egress_\w+|egress:[\w:]+)/g) ?? [];
  return names.filter((name) => !known.has(name) && !recorded.has(name));
}

describe('metrics that are named exist', () => {
  test.each(rules.map((rule) => [rule.record ?? rule.alert ?? '', rule.expr]))(
    'in the rule %s',
    (_, expr) => {
      expect(expr).toMatch(/kube_egress_|egress:/);
      expect(unknownIn(expr)).toEqual([]);
    },
  );

  test.each(panels.map(({ title, queries }) => [title, queries] as const))(
    'on the panel %s',
    (_, queries) => {
      for (const [expr] of queries) {
        expect(expr).toContain('kube_egress_');
        expect(unknownIn(expr)).toEqual([]);
      }
    },
  );

  test('one that is misspelt is found', () => {
    expect(unknownIn('rate(kube_egress_request_total[5m]) + egress:nothing')).toEqual([
      'kube_egress_request_total',
      'egress:nothing',
    ]);
  });
});

describe('the runbook', () => {
  const alerts = rules.flatMap(({ alert, annotations }) =>
    alert === undefined ? [] : [{ alert, annotations }],
  );
  const page = readFileSync(new URL('../../../docs/guide/alerts.md', import.meta.url), 'utf8');
  const sections = [...page.matchAll(/^## (\w+)$/gm)].map(([, title]) => title);

  test.each(alerts)('$alert leads to its section', ({ alert, annotations }) => {
    expect(annotations?.runbook_url).toBe(`docs/guide/alerts.md#${alert.toLowerCase()}`);
  });

  test('has a section for each alert, in the order of the rules', () => {
    expect(sections).toEqual(alerts.map(({ alert }) => alert));
  });
});

describe('names and labels follow the conventions of Prometheus', () => {
  test.each(servedMetrics().map((metric) => [metric.name, metric] as const))(
    '%s',
    (name, { type, labels, help }) => {
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(name).toMatch(/^kube_egress_[a-z]+(_[a-z]+)*$/);
      expect(labels.every((label) => /^[a-z]+(_[a-z]+)*$/.test(label))).toBe(true);
      expect(help).toMatch(/\.$/);
    },
  );
});
