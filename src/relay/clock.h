#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

int64_t monotonic_ms(void);
/* Milliseconds since the boot, with those of sleep. */
int64_t boot_ms(void);
/* Milliseconds since the epoch. */
int64_t epoch_ms(void);

#endif
