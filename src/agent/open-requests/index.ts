/** The requests that are under way: the limits count them, and none is missing in the audit log when Squid ends. */
export { OpenRequestFile } from './open-request-file.ts';
export { OpenRequestWatch } from './open-request-watch.ts';
export { OpenRequests, openRecord, type RequestOutline } from './open-requests.ts';
