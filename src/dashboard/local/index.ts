/** The dashboard on the viewer’s machine. */
export { type LocalServing, serveLocally } from './serve-locally.ts';
