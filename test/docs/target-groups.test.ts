import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { API_VERSION, type EgressTargetGroup } from '../../src/api/index.ts';
import { requestTo, ruleSet, snapshotOf } from '../../src/rules/decide/rule-set-index.fixture.ts';
import { decide, validateEgressTargetGroup } from '../../src/rules/index.ts';

const folder = new URL('../../manifests/target-groups/', import.meta.url);
const read = (file: string) => parse(readFileSync(new URL(file, folder), 'utf8'));
const files = readdirSync(folder).filter((file) => file !== 'kustomization.yaml');
const groups = files.map((file): [string, EgressTargetGroup] => [file, read(file)]);

describe('manifests/target-groups', () => {
  test('installs every file', () => {
    expect([...read('kustomization.yaml').resources].sort()).toEqual([...files].sort());
  });

  test.each(groups)(
    '%s is valid without a warning, and says what it is for, from where and of when',
    (file, group) => {
      expect(group).toMatchObject({ apiVersion: API_VERSION, kind: 'EgressTargetGroup' });
      expect(`${group.metadata.name}.yaml`).toBe(file);
      expect(validateEgressTargetGroup(group)).toEqual({ faults: [], warnings: [] });
      expect(group.spec.description).toMatch(/\.$/);
      expect(group.spec.sources?.length).toBeGreaterThanOrEqual(1);
    },
  );

  // What clients are known to need, written down apart from the groups: a registry and one host of its layers each.
  const needed: [string, string[]][] = [
    ['npm', ['registry.npmjs.org:443']],
    ['pypi', ['pypi.org:443', 'files.pythonhosted.org:443']],
    ['go', ['proxy.golang.org:443', 'sum.golang.org:443']],
    ['crates', ['index.crates.io:443', 'static.crates.io:443']],
    ['debian', ['deb.debian.org:80']],
    ['ubuntu', ['archive.ubuntu.com:80', 'security.ubuntu.com:80']],
    ['docker-hub', ['registry-1.docker.io:443', 'production.cloudfront.docker.com:443']],
    ['ghcr', ['ghcr.io:443', 'pkg-containers.githubusercontent.com:443']],
    ['quay', ['quay.io:443', 'cdn.quay.io:443', 'cdn03.quay.io:443']],
    ['mcr', ['mcr.microsoft.com:443', 'westeurope.data.mcr.microsoft.com:443']],
    ['letsencrypt', ['acme-v02.api.letsencrypt.org:443']],
  ];
  test.each(needed)('%s allows what its clients need, and no other name', (name, targets) => {
    const objects = groups.map(([, group]) => group);
    const snapshot = snapshotOf([...objects, ruleSet('my-app', [], { targetGroups: [name] })]);
    const verdict = (target: string) => decide(requestTo(target), snapshot).verdict;
    expect(targets.filter((target) => verdict(target) !== 'allow')).toEqual([]);
    for (const other of [
      'example.com:443',
      'evil.githubusercontent.com:443',
      'evil.cloudfront.net:443',
      'x.quay.io:443',
    ])
      expect(verdict(other)).toBe('deny');
  });
});
