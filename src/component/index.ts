/** What every component of the product shares when it starts and ends: settings, logger, signals, exit code. */
export { type ComponentContext, type ComponentOptions, runComponent } from './run-component.ts';
