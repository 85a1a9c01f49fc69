import { signal } from '@preact/signals';

/** Milliseconds since the epoch, of the last second: for "3 s ago". */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1_000);
