#ifndef QUESTIONS_H
#define QUESTIONS_H

#include "bytes.h"

#include <stdint.h>

/* One line of Squid's: a channel, which its answer begins with, and what is asked. */
struct question {
  struct question *older, *newer, *next_in_bucket;
  unsigned long long channel;
  /* When it came: monotonic milliseconds. */
  int64_t asked_at;
  size_t length;
  /* Without its end. */
  char line[];
};

enum { QUESTION_BUCKETS = 4096 };

/* The questions that nobody has answered yet. Squid uses no channel twice while it waits for it. */
struct questions {
  struct question *oldest, *newest;
  struct question *buckets[QUESTION_BUCKETS];
};

void questions_add(struct questions *questions, unsigned long long channel, struct slice line, int64_t now);
/* Takes it out, for the caller to free. NULL where nobody waits: the second answer to a question that was sent twice. */
struct question *questions_take(struct questions *questions, unsigned long long channel);

#endif
