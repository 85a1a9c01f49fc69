/** The dashboard on the viewer's own machine. */
export { type LocalServing, serveLocally } from './serve-locally.ts';
