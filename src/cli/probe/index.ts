/** A pod that tries the proxy as a pod of the namespace does: its manifest, its script, and what it printed. Pure. */
export { assessProbe, renderStep, type Step, type Steps } from './assess-probe.ts';
export { assessLive, type LiveTarget, liveUrl } from './live-target.ts';
export { type ProbeRequest, planProbePod } from './plan-probe-pod.ts';
export { type Attempt, type Probe, type ProxyReached, readProbe } from './read-probe.ts';
