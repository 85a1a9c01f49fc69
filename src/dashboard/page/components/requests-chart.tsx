import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Series } from '../../wire.ts';
import { formatCount } from '../format.ts';
import { isDark } from '../state/theme.ts';

const HEIGHT = 170;

/** Requests of the last hour. The caption has the totals as text. */
export function RequestsChart({ series, label }: { series: Series; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const dark = isDark.value;
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const made = new uPlot(optionsFor(current), dataOf(series), current);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: current.clientWidth, height: HEIGHT }));
    observer.observe(current);
    return () => {
      observer.disconnect();
      made.destroy();
    };
    // uPlot reads the colours when it is created.
  }, [dark]);
  useEffect(() => plot.current?.setData(dataOf(series)), [series]);
  const text = `${formatCount(sum(series.allowed))} requests allowed and ${formatCount(sum(series.denied))} refused in the last hour, as far as this page's server has seen them`;
  return (
    <figure class="chart">
      <figcaption>
        {label}: {text}
      </figcaption>
      <div ref={box} role="img" aria-label={text} />
    </figure>
  );
}

function dataOf({ start, step, allowed, denied }: Series): uPlot.AlignedData {
  return [allowed.map((_, index) => (start + index * step) / 1000), allowed, denied];
}

function optionsFor(box: HTMLElement): uPlot.Options {
  const colour = (name: string) => getComputedStyle(box).getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const bars = uPlot.paths.bars?.({ size: [0.8, 12] });
  const line = (label: string, name: string): uPlot.Series => ({
    label,
    stroke: colour(name),
    fill: colour(name),
    ...(bars && { paths: bars }),
    points: { show: false },
  });
  return {
    width: box.clientWidth,
    height: HEIGHT,
    cursor: { y: false, drag: { x: false, y: false } },
    legend: { live: true },
    axes: [
      {
        ...axis,
        size: 26,
        values: (_plot, times) =>
          times.map((time) => new Date(time * 1000).toLocaleTimeString('en-GB').slice(0, 5)),
      },
      {
        ...axis,
        size: 44,
        values: (_plot, counts) => counts.map((count) => (Number.isInteger(count) ? formatCount(count) : '')),
      },
    ],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.1)] } },
    series: [
      { value: (_plot, time) => (time === null ? '' : new Date(time * 1000).toLocaleTimeString('en-GB')) },
      line('allowed', '--allowed'),
      line('refused', '--refused'),
    ],
  };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
