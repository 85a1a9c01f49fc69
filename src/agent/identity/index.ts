/** The client of a request: the pod or the client range at its source address. */
export { ClientFinder, type FoundClient } from './client-finder.ts';
export { Holds } from './holds.ts';
