/**
 * Names with asterisks within labels, such as `*-files.example.com` and `*.dkr.ecr.*.example.com`. A label has at most one
 * asterisk, which matches any characters of one label; as the whole first label it matches one label or more, as in
 * `*.example.com`. The last label has none. So a name is compared label by label from its end, without a search.
 */

/** The part of a pattern after its last label with an asterisk. */
export function patternSuffix(pattern: string): string {
  return pattern.slice(pattern.indexOf('.', pattern.lastIndexOf('*')) + 1);
}

/** Whether every name that `inner` matches is matched by `outer`. A name without an asterisk is a pattern of itself. */
export function patternCovers(outer: string, inner: string): boolean {
  const [outerLabels, innerLabels] = [outer.split('.').reverse(), inner.split('.').reverse()];
  const isDeep = outerLabels.at(-1) === '*';
  const compared = isDeep ? outerLabels.slice(0, -1) : outerLabels;
  if (isDeep ? innerLabels.length < outerLabels.length : !hasSameDepth(outerLabels, innerLabels))
    return false;
  return compared.every((label, index) => labelCovers(label, innerLabels[index] ?? ''));
}

/** A pattern that begins with a label `*` has no fixed depth. */
function hasSameDepth(outer: readonly string[], inner: readonly string[]): boolean {
  return outer.length === inner.length && inner.at(-1) !== '*';
}

/** The text before and after the asterisk of a label; undefined if it has none. */
function splitLabel(label: string): { before: string; after: string } | undefined {
  const star = label.indexOf('*');
  return star < 0 ? undefined : { before: label.slice(0, star), after: label.slice(star + 1) };
}

function labelCovers(outer: string, inner: string): boolean {
  const pattern = splitLabel(outer);
  if (pattern === undefined) return outer === inner;
  const { before, after } = pattern;
  const other = splitLabel(inner);
  if (other !== undefined) return other.before.startsWith(before) && other.after.endsWith(after);
  return inner.length >= before.length + after.length && inner.startsWith(before) && inner.endsWith(after);
}
