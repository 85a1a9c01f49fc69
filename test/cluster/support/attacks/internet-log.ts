import { readFileSync, statSync } from 'node:fs';
import { stateFolder } from '../state-folder.ts';

/** A line of the internet simulator's access log (scripts/local-cluster/internet/access-log.go), as far as it is read here. */
export interface Arrival {
  scheme: string;
  /** `address:port` */
  client: string;
  server: string;
  host: string;
  path: string;
}

/** What arrived outside the cluster since `mark`: an attempt shows even when it came to nothing. */
export class InternetLog {
  readonly #file = `${stateFolder}/logs/internet-access.log`;
  #from = 0;

  mark(): void {
    this.#from = statSync(this.#file).size;
  }

  since(): Arrival[] {
    const lines = readFileSync(this.#file).subarray(this.#from).toString().split('\n');
    // The internet simulator may be writing the last one.
    return lines
      .slice(0, -1)
      .map((line) => ({ host: '', path: '', ...(JSON.parse(line) as Omit<Arrival, 'host' | 'path'>) }));
  }
}
