/** What components share when they start and end: settings, logger, signals, exit code, sockets inside the pod. */
export { listenOnSocket } from './listen-on-socket.ts';
export { type ComponentContext, type ComponentOptions, runComponent } from './run-component.ts';
