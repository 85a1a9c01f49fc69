import { parseAllDocuments } from 'yaml';
import { API_VERSION, type EgressProxy } from '../../api/index.ts';
import type { ConfigMap } from '../../kube/index.ts';

/** Key of the ConfigMap. */
export const FILE = 'proxy.yaml';

export type DefaultProxyReading = { ok: true; proxy: EgressProxy } | { ok: false; message: string };

/** Reads the EgressProxy from the ConfigMap. The API server and the webhook validate its spec. */
export function readDefaultProxy({ data }: Pick<ConfigMap, 'data'>): DefaultProxyReading {
  const text = data?.[FILE];
  if (text === undefined) return invalid('is missing');
  const documents = parseAllDocuments(text);
  const [fault] = documents.flatMap(({ errors }) => errors);
  if (fault !== undefined) return invalid(`is not YAML: ${fault.message}`);
  // A separator at the end makes one more, which is null.
  const manifests = documents.map((document) => document.toJS()).filter((manifest) => manifest !== null);
  return manifests.length === 1 ? readManifest(manifests[0]) : invalid('must have exactly one document');
}

type Manifest = { [name: string]: unknown };

function readManifest(manifest: unknown): DefaultProxyReading {
  if (!isMap(manifest)) return invalid('must be an EgressProxy');
  const { apiVersion, kind, metadata, spec = {}, ...others } = manifest;
  if (apiVersion !== API_VERSION || kind !== 'EgressProxy') {
    return invalid(`must be of apiVersion ${API_VERSION} and kind EgressProxy`);
  }
  const fault = faultOfMetadata(metadata);
  if (fault !== undefined) return invalid(fault);
  if (!isMap(spec)) return invalid('needs a map as spec');
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return invalid(`must not set ${unknown}`);
  return { ok: true, proxy: { apiVersion, kind, metadata, spec } as EgressProxy };
}

const metadataFields = ['name', 'namespace', 'labels', 'annotations'];

function faultOfMetadata(metadata: unknown): string | undefined {
  if (!isMap(metadata)) return 'has no metadata';
  const { name, namespace } = metadata;
  if (!isName(name) || !isName(namespace)) return 'needs metadata.name and metadata.namespace';
  const unknown = Object.keys(metadata).find((field) => !metadataFields.includes(field));
  return unknown === undefined ? undefined : `must not set metadata.${unknown}`;
}

/** Both become parts of a URL. */
const isName = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(value);

const isMap = (value: unknown): value is Manifest =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (fault: string): DefaultProxyReading => ({ ok: false, message: `${FILE} ${fault}` });
