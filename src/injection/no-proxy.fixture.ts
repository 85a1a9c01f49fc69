import fc from 'fast-check';
import type { NoProxyInput } from './no-proxy.ts';

const address = fc.oneof(fc.ipV4(), fc.ipV6());
const range = fc
  .oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })),
    fc.tuple(fc.ipV6(), fc.integer({ min: 1, max: 128 })),
  )
  .map(([network, bits]) => `${network}/${bits}`);
const text = fc.string({ unit: fc.constantFrom(...'ab.:/*[]-_0129f% $()') });
const extra = fc.oneof(
  text,
  address,
  range,
  fc.domain(),
  fc.tuple(fc.domain(), fc.nat(70_000)).map(([name, port]) => `${name}:${port}`),
  range.map((each) => each.replace(/^(.*)\//, '[$1]/')),
  fc.ipV6().map((each) => `[${each}]:443`),
);
/** Name of a Service or namespace. */
const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/);

/**
 * Everything that NO_PROXY is computed from, on clusters of either family or both: names and ranges as they are found, and
 * what users write, which may be nonsense.
 */
export const noProxyInputs: fc.Arbitrary<NoProxyInput> = fc
  .record({
    discovered: fc.record({
      podCIDRs: fc.array(fc.oneof(range, text), { maxLength: 5 }),
      serviceCIDRs: fc.array(range, { maxLength: 3 }),
      apiServerClusterIPs: fc.array(address, { maxLength: 2 }),
      clusterDomain: fc.oneof(fc.domain(), text),
    }),
    proxyExtras: fc.array(extra, { maxLength: 10 }),
    annotations: fc.array(
      fc.array(extra, { maxLength: 10 }).map((each) => each.join(',')),
      { maxLength: 2 },
    ),
    peers: fc.array(
      fc.oneof(
        label,
        fc.tuple(label, label).map((each) => each.join('.')),
      ),
      { maxLength: 3 },
    ),
    serviceNames: fc.array(label, { maxLength: 10 }),
    headlessNames: fc.array(label, { maxLength: 3 }),
    namespaceNames: fc.array(label, { maxLength: 10 }),
    needed: fc.array(fc.oneof(label, fc.constant('*')), { maxLength: 3 }).map((each) => new Set(each)),
  })
  .map(({ serviceNames, headlessNames, ...rest }) => ({
    ...rest,
    headlessNames,
    serviceNames: [...serviceNames, ...headlessNames],
  }));
