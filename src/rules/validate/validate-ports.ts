import { type Fault, faultAt, textFault } from '../fault.ts';
import { isPort } from '../target/index.ts';
import { fieldOf } from './read-fields.ts';

/** The faults of an optional list of ports. */
export function validatePorts(owner: unknown, name: string, path: string): Fault[] {
  const list = fieldOf(owner, name);
  if (list === undefined) return [];
  if (!Array.isArray(list)) return [faultAt(path, textFault('Unsupported', 'this must be a list'))];
  return list.flatMap((port, index) =>
    isPort(port)
      ? []
      : [
          faultAt(
            `${path}[${index}]`,
            textFault('PortOutOfRange', 'a port must be a number from 1 to 65535'),
          ),
        ],
  );
}
