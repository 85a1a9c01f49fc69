import { signal } from '@preact/signals';

/** Milliseconds since the epoch, updated every second: for ages such as "3 s ago". */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1_000);
