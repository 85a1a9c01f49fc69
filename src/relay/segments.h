#ifndef SEGMENTS_H
#define SEGMENTS_H

#include "bytes.h"

#include <stdint.h>

/*
 * Numbered files of a folder, such as `0000000042.log`: with ten digits, names sort as numbers. Only this process
 * appends; only the agent deletes, and never the newest (src/agent/audit).
 */
struct segments {
  int folder;
  /* The newest segment, which is appended to; -1 if there is none. */
  int file;
  uint64_t file_bytes;
};

/* Creates the folder if it does not exist; false, with errno, if it cannot be opened. */
bool segments_open(struct segments *segments, const char *path);
/* Creates a segment with the next number and appends to it from now on; false if that failed. */
bool segments_begin(struct segments *segments);
/* Appends the whole text or, returning false, nothing. */
bool segments_append(struct segments *segments, struct slice text);
/* Bytes of all segments, read from the folder. */
uint64_t segments_held(const struct segments *segments);
/* Most bytes of all segments: the number in the file `max-bytes`, which the agent writes, or DEFAULT_LOG_CAP_BYTES. */
uint64_t segments_cap(const struct segments *segments);

#endif
