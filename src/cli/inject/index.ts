/** What the webhook adds to a pod, told from what the API server adds. Pure. */
export { withoutTokenVolume } from './without-token-volume.ts';
