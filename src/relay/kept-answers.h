#ifndef KEPT_ANSWERS_H
#define KEPT_ANSWERS_H

#include "bytes.h"

#include <stdint.h>

/*
 * What answers depend on beside the time: Squid's question without its channel and without the client's port.
 * The two parts stand around the port.
 */
struct asked {
  struct slice source;
  struct slice rest;
};

/* An answer that the agent allows to be given again: to the same question, under the same version, for a while. */
struct kept_answer {
  uint64_t hash;
  uint64_t version;
  /* Monotonic milliseconds. */
  int64_t until;
  /* The agent's own name for it. */
  unsigned long long number;
  size_t source_length, rest_length, notes_length;
  /* Source, rest, notes. */
  char text[];
};

enum { KEPT_BUCKETS = 4096, KEPT_WAYS = 4 };

/* As many as are useful and no more: whoever asks for many names only drives out others of the same bucket. */
struct kept_answers {
  uint64_t seed;
  struct kept_answer *buckets[KEPT_BUCKETS][KEPT_WAYS];
};

/* NULL where the agent has to be asked. */
const struct kept_answer *kept_find(
  const struct kept_answers *kept, struct asked asked, uint64_t version, int64_t now);

struct kept_terms {
  uint64_t version;
  int64_t until;
  unsigned long long number;
};
void kept_put(struct kept_answers *kept, struct asked asked, struct slice notes, struct kept_terms terms);

/* The notes behind the identifier, with a space in front where there are any. */
struct slice kept_notes(const struct kept_answer *answer);

#endif
