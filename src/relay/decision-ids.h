#ifndef DECISION_IDS_H
#define DECISION_IDS_H

#include "bytes.h"

/*
 * Identifiers of the relay's own decisions, such as `0f3a5c7e91-r2s`: a random run in hexadecimal, `r`, and a count in
 * base 36. The `r` distinguishes them from the agent's identifiers.
 */
struct decision_ids {
  char run[11];
  unsigned long long count;
};

/* False if the system gives no random bytes. */
bool decision_ids_begin(struct decision_ids *ids);

/* The text is in `buffer`. */
struct slice decision_ids_next(struct decision_ids *ids, char (*buffer)[32]);

#endif
