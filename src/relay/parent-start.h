#ifndef PARENT_START_H
#define PARENT_START_H

#include <stdint.h>

/*
 * When the parent process was started, in milliseconds since the epoch; rounded down by 10 ms at most. The present time
 * if the kernel does not say.
 */
int64_t parent_started_at(void);

#endif
