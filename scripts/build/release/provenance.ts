/**
 * Prints the provenance of a release: an in-toto statement with SLSA's predicate, about every file in SHA256SUMS and the image.
 *
 *   node scripts/build/release/provenance.ts RELEASE_FOLDER COMMIT VERSION REPOSITORY PLATFORMS
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Release {
  /** The text of SHA256SUMS. */
  checksums: string;
  /** `sha256:...` of the image's index; undefined without an image. */
  imageDigest: string | undefined;
  commit: string;
  version: string;
  /** Where the image will be. */
  repository: string;
  platforms: string;
}

interface Subject {
  name: string;
  digest: { sha256: string };
}

/** Without times and numbers of a run: the same release has the same statement. */
export function describeProvenance({
  checksums,
  imageDigest,
  commit,
  version,
  repository,
  platforms,
}: Release): object {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      ...(imageDigest === undefined
        ? []
        : [{ name: repository, digest: { sha256: imageDigest.replace('sha256:', '') } }]),
      ...subjectsOf(checksums),
    ],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:kube-egress:scripts/release:1',
        externalParameters: { version, repository, platforms },
        resolvedDependencies: [{ uri: 'urn:kube-egress:source', digest: { gitCommit: commit } }],
      },
      runDetails: { builder: { id: 'urn:kube-egress:scripts/release' } },
    },
  };
}

function subjectsOf(checksums: string): Subject[] {
  return checksums
    .split('\n')
    .map((line) => /^([0-9a-f]{64}) [ *](.+)$/.exec(line))
    .flatMap((found) =>
      found === null ? [] : [{ name: found[2] ?? '', digest: { sha256: found[1] ?? '' } }],
    );
}

if (import.meta.main) {
  const [folder = '', commit = '', version = '', repository = '', platforms = ''] = process.argv.slice(2);
  const index = JSON.parse(readFileSync(join(folder, 'image/index.json'), 'utf8')) as {
    manifests: { digest: string }[];
  };
  const statement = describeProvenance({
    checksums: readFileSync(join(folder, 'SHA256SUMS'), 'utf8'),
    imageDigest: index.manifests[0]?.digest,
    commit,
    version,
    repository,
    platforms,
  });
  process.stdout.write(`${JSON.stringify(statement, null, 1)}\n`);
}
