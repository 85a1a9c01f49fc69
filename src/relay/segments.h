#ifndef SEGMENTS_H
#define SEGMENTS_H

#include "bytes.h"

#include <stdint.h>

/*
 * Numbered files of a folder, `0000000042.log`: so many digits that names sort as their numbers for ever. Only this
 * process appends; only the agent deletes, and never the newest (src/agent/audit).
 */
struct segments {
  int folder;
  /* The one that is appended to; -1 for none. */
  int file;
  uint64_t file_bytes;
};

/* Makes the folder where it is not there; false, with errno, where that is impossible. */
bool segments_open(struct segments *segments, const char *path);
/* A new segment, higher in number than any, takes what comes; false where none could be made. */
bool segments_begin(struct segments *segments);
/* All of it or, where it returns false, nothing. */
bool segments_append(struct segments *segments, struct slice text);
/* Bytes of all segments together. */
uint64_t segments_held(const struct segments *segments);
/* The most that they may be: a number in the file `max-bytes`, which the agent writes; 64 MiB without it. */
uint64_t segments_cap(const struct segments *segments);

#endif
