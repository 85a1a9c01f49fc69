/** The dashboard of the cluster in the browser of this machine. */

export { type LocalPort, listenLocally } from './listen-locally.ts';
export { openBrowser } from './open-browser.ts';
