interface Node<Entry> {
  /** By the label of the pattern. A label of a name has no asterisk, so that it is no key of a pattern. */
  children: Map<string, Node<Entry>>;
  /** The lengths in use before and after the asterisks of children, those with the most characters first. */
  shapes: Shape[];
  /** Entries of patterns that end at this label. */
  here: Entry[];
  /** Entries of patterns whose first label is `*`: any name below. */
  below: Entry[];
}

interface Shape {
  before: number;
  after: number;
  /** Number of children with this shape. */
  count: number;
}

const newNode = <Entry>(): Node<Entry> => ({ children: new Map(), shapes: [], here: [], below: [] });

/**
 * Entries of patterns, found by a name: a tree of labels, from the last one to the first. A look-up costs, for each node that it
 * comes to, one Map access and one more for each shape in use, whatever the number of patterns.
 */
export class PatternIndex<Entry> {
  readonly #root = newNode<Entry>();

  get isEmpty(): boolean {
    return this.#root.children.size === 0;
  }

  /** The entries of exactly this pattern, to be changed in place. */
  bucketOf(pattern: string): Entry[] {
    let node = this.#root;
    const labels = labelsOf(pattern);
    for (const label of withoutFirstStar(labels)) node = childOf(node, label);
    return labels.at(-1) === '*' ? node.below : node.here;
  }

  /** Drops what is left of a pattern without entries. */
  prune(pattern: string): void {
    pruneBelow(this.#root, withoutFirstStar(labelsOf(pattern)));
  }

  /** An entry whose pattern matches the name: of several, the one whose last labels are the narrowest. */
  find(name: string, accepts: (entry: Entry) => boolean): Entry | undefined {
    return findBelow(this.#root, labelsOf(name), accepts);
  }
}

const labelsOf = (name: string): string[] => name.split('.').reverse();

function withoutFirstStar(labels: readonly string[]): readonly string[] {
  return labels.at(-1) === '*' ? labels.slice(0, -1) : labels;
}

function findBelow<Entry>(
  node: Node<Entry>,
  labels: readonly string[],
  accepts: (entry: Entry) => boolean,
  at = 0,
): Entry | undefined {
  const label = labels[at];
  if (label === undefined) return node.here.find(accepts);
  const exact = node.children.get(label);
  const found = exact && findBelow(exact, labels, accepts, at + 1);
  return found ?? findByShape(node, labels, accepts, at) ?? node.below.find(accepts);
}

function findByShape<Entry>(
  node: Node<Entry>,
  labels: readonly string[],
  accepts: (entry: Entry) => boolean,
  at: number,
): Entry | undefined {
  const label = labels[at] ?? '';
  for (const { before, after } of node.shapes) {
    if (label.length < before + after) continue;
    const child = node.children.get(`${label.slice(0, before)}*${label.slice(label.length - after)}`);
    const found = child && findBelow(child, labels, accepts, at + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function childOf<Entry>(node: Node<Entry>, label: string): Node<Entry> {
  const known = node.children.get(label);
  if (known !== undefined) return known;
  const child = newNode<Entry>();
  node.children.set(label, child);
  countShape(node, label, 1);
  return child;
}

function pruneBelow<Entry>(node: Node<Entry>, labels: readonly string[]): void {
  const [label, ...rest] = labels;
  const child = label === undefined ? undefined : node.children.get(label);
  if (label === undefined || child === undefined) return;
  pruneBelow(child, rest);
  if (child.children.size > 0 || child.here.length > 0 || child.below.length > 0) return;
  node.children.delete(label);
  countShape(node, label, -1);
}

function countShape<Entry>(node: Node<Entry>, label: string, by: 1 | -1): void {
  const before = label.indexOf('*');
  if (before < 0) return;
  const after = label.length - before - 1;
  const shape = node.shapes.find((each) => each.before === before && each.after === after);
  if (shape === undefined) {
    node.shapes.push({ before, after, count: 1 });
    node.shapes.sort((a, b) => b.before + b.after - (a.before + a.after) || b.before - a.before);
    return;
  }
  shape.count += by;
  if (shape.count === 0) node.shapes.splice(node.shapes.indexOf(shape), 1);
}
