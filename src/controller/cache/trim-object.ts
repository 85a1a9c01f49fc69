import { MANAGER } from '../../api/index.ts';
import { SharedValues } from '../../bounded/index.ts';
import type { KubeObject } from '../../kube/index.ts';

type Entries = NonNullable<KubeObject['metadata']['managedFields']>;
type Status = { conditions?: object[] };

/** Thousands of objects of a kind own the same fields: half of what a rule set takes. */
const fieldSets = new SharedValues(1000);
/** The conditions of 20,000 rule sets differ in the second in which they were written. */
const conditions = new SharedValues(5000);

/** Keeps of managedFields only those of our field managers, and shares what equal objects have. */
export function trimObject<T extends KubeObject>(object: T): T {
  const { metadata, status } = object as T & { status?: Status };
  return {
    ...object,
    metadata: { ...metadata, managedFields: (metadata.managedFields ?? []).filter(isOurs).map(shareFields) },
    ...(status?.conditions && { status: { ...status, conditions: status.conditions.map(shareCondition) } }),
  };
}

/** Our field managers are named `kube-egress` and `kube-egress-...`. */
const isOurs = ({ manager }: Entries[number]): boolean =>
  manager === MANAGER || (manager?.startsWith(`${MANAGER}-`) ?? false);

const shareFields = (entry: Entries[number]): Entries[number] =>
  entry.fieldsV1 === undefined ? entry : { ...entry, fieldsV1: fieldSets.share(entry.fieldsV1) };

const shareCondition = (condition: object): object => conditions.share(condition);
