/** Keeps Squid, the NetworkPolicies and the certificates in place, and says how things stand. */
export { runController } from './run-controller.ts';
export {
  type Controller,
  type ControllerDependencies,
  type ControllerOptions,
  startController,
} from './start-controller.ts';
