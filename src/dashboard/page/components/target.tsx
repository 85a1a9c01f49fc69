import { splitForCut } from '../format.ts';

/** A target in one line. If it is too long, it is cut in the middle, so that its port stays visible. */
export function Target({ target }: { target: string }) {
  const { start, end } = splitForCut(target);
  return (
    <span class="target one-line" title={target}>
      <span class="start">{start}</span>
      {end}
    </span>
  );
}
