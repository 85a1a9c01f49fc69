/**
 * Prints what is in an image as CycloneDX: the npm packages that are bundled, and Debian's packages.
 *
 *   npm sbom --omit dev --sbom-format cyclonedx | node scripts/build/release/bill-of-materials.ts DPKG_STATUS ARCHITECTURE
 */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

interface Component {
  type: 'library';
  name: string;
  version: string;
  purl: string;
  'bom-ref': string;
}

/** @param status the text of /var/lib/dpkg/status */
export function debianComponents(status: string): Component[] {
  return status
    .split(/\n\n+/)
    .map(
      (paragraph) =>
        new Map([...paragraph.matchAll(/^(\S+): (.*)$/gm)].map(([, key = '', value = '']) => [key, value])),
    )
    .filter((fields) => fields.get('Status') === 'install ok installed')
    .map((fields) => {
      const [name = '', version = '', architecture = ''] = ['Package', 'Version', 'Architecture'].map((key) =>
        fields.get(key),
      );
      const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
      return { type: 'library', name, version, purl, 'bom-ref': purl };
    });
}

export interface BillOfMaterials {
  metadata: { component: { properties?: { name: string; value: string }[] } };
  components: Component[];
}

/** The npm packages' bill with the image's other packages. Without a time and a number: the same image has the same bill. */
export function imageBill(
  npm: BillOfMaterials & { serialNumber?: string },
  status: string,
  architecture: string,
): BillOfMaterials {
  const { serialNumber: _, ...rest } = npm;
  const { timestamp: __, ...metadata } = npm.metadata as BillOfMaterials['metadata'] & { timestamp?: string };
  const component = { ...metadata.component, properties: [{ name: 'architecture', value: architecture }] };
  return {
    ...rest,
    metadata: { ...metadata, component },
    components: [...npm.components, ...debianComponents(status)],
  };
}

if (import.meta.main) {
  const [status = '', architecture = ''] = process.argv.slice(2);
  const bill = imageBill(JSON.parse(await text(process.stdin)), readFileSync(status, 'utf8'), architecture);
  process.stdout.write(`${JSON.stringify(bill, null, 1)}\n`);
}
