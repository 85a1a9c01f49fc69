/** Validation of manifests without a cluster. Pure. */
export { type Finding, type LintResult, lintManifests } from './lint-manifests.ts';
export { type ManifestFile, type ManifestObject, readManifest } from './read-manifest.ts';
