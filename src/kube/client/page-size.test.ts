import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_PAGE_BYTES, PageSize } from './page-size.ts';

/** Lists objects of these sizes as a server with pages would answer. Returns the bytes of each page. */
function pagesOf(sizes: readonly number[]): { pages: number[]; requests: number } {
  const size = new PageSize();
  const pages: number[] = [];
  let requests = 0;
  for (let next = 0; next < sizes.length; ) {
    requests += 1;
    const page = sizes.slice(next, next + size.objects);
    const bytes = page.reduce((sum, each) => sum + each, 0);
    if (bytes > size.mostBytes) {
      size.tooLarge();
      continue;
    }
    pages.push(bytes);
    next += page.length;
    size.read(bytes);
  }
  return { pages, requests };
}

describe('PageSize', () => {
  it('grows to 500 small objects a page', () => {
    const { requests } = pagesOf(Array(5100).fill(1000));
    expect(requests).toBe(12);
  });

  it('asks for one of the largest objects, and for few of large ones', () => {
    expect(Math.max(...pagesOf(Array(50).fill(1_500_000)).pages)).toBe(1_500_000);
    const { pages } = pagesOf(Array(50).fill(400_000));
    expect(Math.max(...pages)).toBeLessThanOrEqual(MOST_PAGE_BYTES);
  });

  it('asks again for fewer where large objects follow small ones', () => {
    const { pages, requests } = pagesOf([...Array(1000).fill(1000), ...Array(20).fill(400_000)]);
    expect(Math.max(...pages)).toBeLessThanOrEqual(MOST_PAGE_BYTES);
    expect(requests - pages.length).toBeLessThanOrEqual(5);
  });

  it('has no page above the limit but of one object, and ends, whatever the sizes are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10_000_000 }), { maxLength: 300 }), (sizes) => {
        const { pages, requests } = pagesOf(sizes);
        expect(pages.reduce((sum, each) => sum + each, 0)).toBe(sizes.reduce((sum, each) => sum + each, 0));
        for (const bytes of pages)
          expect(bytes <= MOST_PAGE_BYTES || sizes.includes(bytes), `${bytes} bytes`).toBe(true);
        expect(requests).toBeLessThanOrEqual(10 + 6 * sizes.length);
      }),
    );
  });
});
