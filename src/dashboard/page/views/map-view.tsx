import { sankey, sankeyJustify, sankeyLinkHorizontal } from 'd3-sankey';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { outcomeWords } from '../components/badges.tsx';
import { Empty, Loading } from '../components/notices.tsx';
import { TableHead } from '../components/table-head.tsx';
import type { FlowFilter } from '../flows/flow-filter.ts';
import { type MapLink, mapLinks, NO_NAMESPACE, OTHERS, OTHERS_REFUSED } from '../flows/flow-map.ts';
import { cutMiddle, formatCount, plural } from '../format.ts';
import { formatRoute } from '../route.ts';
import { flows, flowsLoaded } from '../state/live-flows.ts';

/** Pixels. A narrower page shows only the table, because names do not fit beside the bands. */
const LEAST_WIDTH = 720;
/** Pixels per node. */
const ROW = 30;
/** Pixels for names beside the bands. */
const LEFT = 170;
const RIGHT = 290;

/** The newest requests as bands from namespaces to destinations. */
export function MapView() {
  const links = useMemo(() => mapLinks(flows.value), [flows.value]);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  return (
    <>
      <h1>Map</h1>
      <p class="muted">
        The newest {plural(flows.value.length, 'request')} from namespaces to destinations. Refused requests
        are dashed lines.
      </p>
      <div ref={box}>
        {links.length === 0 &&
          (flowsLoaded.value ? <Empty title="No requests yet." /> : <Loading what="requests" />)}
        {links.length > 0 && width >= LEAST_WIDTH && <Bands links={links} width={width} />}
      </div>
      {links.length > 0 && <LinkTable links={links} />}
    </>
  );
}

interface MapNode {
  name: string;
  side: 'namespace' | 'destination';
}

function Bands({ links, width }: { links: readonly MapLink[]; width: number }) {
  const graph = useMemo(() => layOut(links, width), [links, width]);
  const path = sankeyLinkHorizontal<MapNode, MapLink>();
  return (
    <svg class="map" viewBox={`0 0 ${width} ${graph.height}`} width={width} height={graph.height} role="img">
      <title>Requests from namespaces to destinations; the table below has the same data</title>
      {graph.links.map((link) => (
        <a key={`${link.namespace} ${link.destination} ${link.outcome}`} href={flowsOf(link)}>
          <path
            class={`band ${link.outcome}`}
            d={path(link) ?? ''}
            stroke-width={Math.max(1.5, link.width ?? 0)}
          >
            <title>{describe(link)}</title>
          </path>
        </a>
      ))}
      {graph.nodes.map((node) => (
        <Node key={`${node.side} ${node.name}`} node={node} />
      ))}
    </svg>
  );
}

type Placed = ReturnType<typeof layOut>['nodes'][number];

function Node({ node: { name, side, x0 = 0, x1 = 0, y0 = 0, y1 = 0, value = 0 } }: { node: Placed }) {
  const isLeft = side === 'namespace';
  return (
    <g>
      <rect class="node" x={x0} y={y0} width={x1 - x0} height={Math.max(2, y1 - y0)} rx="2" />
      <text x={isLeft ? x0 - 8 : x1 + 8} y={(y0 + y1) / 2} dy="0.35em" text-anchor={isLeft ? 'end' : 'start'}>
        {cutMiddle(name, isLeft ? LONGEST_LEFT : LONGEST_RIGHT)}{' '}
        <tspan class="muted">{formatCount(value)}</tspan>
      </text>
    </g>
  );
}

/** Characters that fit beside the bands. */
const LONGEST_LEFT = 18;
const LONGEST_RIGHT = 34;

function layOut(links: readonly MapLink[], width: number) {
  const nodes = new Map<string, MapNode>();
  for (const { namespace, destination } of links) {
    nodes.set(`n ${namespace}`, { name: namespace, side: 'namespace' });
    nodes.set(`d ${destination}`, { name: destination, side: 'destination' });
  }
  const sides = [...nodes.values()];
  const rows = Math.max(
    ...(['namespace', 'destination'] as const).map((of) => sides.filter(({ side }) => side === of).length),
  );
  const height = Math.max(160, rows * ROW);
  const layout = sankey<MapNode, MapLink>()
    .nodeId(({ name, side }) => `${side === 'namespace' ? 'n' : 'd'} ${name}`)
    .nodeAlign(sankeyJustify)
    .nodeWidth(10)
    .nodePadding(14)
    .extent([
      [LEFT, 8],
      [width - RIGHT, height - 8],
    ]);
  const drawn = links.map((link) => ({
    ...link,
    source: `n ${link.namespace}`,
    target: `d ${link.destination}`,
    // The square root keeps one busy destination from hiding the others.
    value: Math.sqrt(link.count),
  }));
  const graph = layout({ nodes: sides.map((node) => ({ ...node })), links: drawn });
  return { ...graph, nodes: graph.nodes.map((node) => ({ ...node, value: countOf(node, links) })), height };
}

function countOf({ name, side }: MapNode, links: readonly MapLink[]): number {
  return links.reduce((sum, link) => (link[side] === name ? sum + link.count : sum), 0);
}

function LinkTable({ links }: { links: readonly MapLink[] }) {
  return (
    <table class="stacked">
      <caption class="hidden">Requests from namespaces to destinations</caption>
      <TableHead columns={['Namespace', 'Destination', 'Outcome', 'Requests']} numbers={['Requests']} />
      <tbody>
        {links.map((link) => (
          <tr key={`${link.namespace} ${link.destination} ${link.outcome}`}>
            <th scope="row">{link.namespace}</th>
            <td data-label="Destination" class="target">
              {link.destination}
            </td>
            <td data-label="Outcome">
              <span class={`badge ${link.outcome}`}>{outcomeWords[link.outcome]}</span>
            </td>
            <td data-label="Requests" class="number">
              <a href={flowsOf(link)}>{formatCount(link.count)}</a>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function describe({ namespace, destination, outcome, count }: MapLink): string {
  return `${namespace} to ${destination}: ${plural(count, 'request')}, ${outcomeWords[outcome]}`;
}

function flowsOf({ namespace, destination, outcome }: MapLink): string {
  const filter: FlowFilter = {
    ...(namespace !== NO_NAMESPACE && { namespace }),
    ...(destination !== OTHERS && destination !== OTHERS_REFUSED && { target: destination }),
    outcome,
  };
  return formatRoute({ view: 'flows', filter });
}

function useWidth(box: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const observer = new ResizeObserver(() => setWidth(current.clientWidth));
    observer.observe(current);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
