import { GROUP, type ResourceKind, type TSchema, VERSION } from '../../src/api/index.ts';

/** A CustomResourceDefinition (apiextensions.k8s.io/v1) with a structural schema. */
export function renderCrd(kind: ResourceKind): Record<string, unknown> {
  const properties: Record<string, unknown> = {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
  };
  if (kind.spec !== undefined) properties['spec'] = structural(kind.spec);
  properties['status'] = structural(kind.status);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${kind.plural}.${GROUP}`,
      labels: { 'app.kubernetes.io/part-of': 'kube-egress' },
      // The group is no *.k8s.io one, so that no API approval is asked for.
    },
    spec: {
      group: GROUP,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: kind.shortNames,
        categories: ['egress'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.printerColumns,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: kind.description,
              ...(kind.spec === undefined ? {} : { required: ['spec'] }),
              properties,
            },
          },
        },
      ],
    },
  };
}

/** TypeBox keeps hints of its own under symbols and `~` keys; the plain JSON of the rest is the schema. */
function structural(schema: TSchema): unknown {
  return JSON.parse(JSON.stringify(schema, (key, value) => (key.startsWith('~') ? undefined : value)));
}
