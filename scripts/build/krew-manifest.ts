import { stringify } from 'yaml';

export interface PublishedArchive {
  /** Semantic version, without `v`. */
  version: string;
  uri: string;
  /** In hexadecimal digits. */
  sha256: string;
}

/** The manifest with which krew installs the plugin. Windows is left out: it cannot execute a file by its first line. */
export function renderKrewManifest({ version, uri, sha256 }: PublishedArchive): string {
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'egress' },
    spec: {
      version: `v${version}`,
      shortDescription: 'Check, suggest and validate rules of kube-egress',
      description:
        'Answers what a namespace may reach through kube-egress and why, writes rule sets from what was observed, says what a change would break, and validates rule sets in files.\n',
      caveats: 'It needs Node.js 22.19 or later on the PATH.\n',
      platforms: [
        {
          selector: { matchExpressions: [{ key: 'os', operator: 'In', values: ['darwin', 'linux'] }] },
          uri,
          sha256,
          bin: 'kubectl-egress',
          files: [
            { from: 'kubectl-egress', to: '.' },
            { from: 'LICENSE', to: '.' },
          ],
        },
      ],
    },
  });
}
