/** The controller: reconciles Squid, the NetworkPolicies and the certificates, and writes their status. */
export { runController } from './run-controller.ts';
export {
  type ControllerDependencies,
  type ControllerOptions,
  type StartedController,
  startController,
} from './start-controller.ts';
