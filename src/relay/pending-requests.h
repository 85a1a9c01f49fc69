#ifndef PENDING_REQUESTS_H
#define PENDING_REQUESTS_H

#include "bytes.h"

#include <stdint.h>

/* An ACL request without an answer yet, with Squid's line to send again on the next connection. */
struct pending_request {
  struct pending_request *older, *newer, *next_in_bucket;
  unsigned long long channel;
  /* Monotonic milliseconds. */
  int64_t received_at;
  size_t length;
  /* Without the line end. */
  char line[];
};

enum { PENDING_BUCKETS = 4096 };

/* Found by channel and ordered by age. Squid reuses a channel only after its answer. */
struct pending_requests {
  struct pending_request *oldest, *newest;
  struct pending_request *buckets[PENDING_BUCKETS];
};

void pending_requests_add(
  struct pending_requests *requests, unsigned long long channel, struct slice line, int64_t now);
/*
 * Removes the request; the caller frees it. NULL if the channel has no request: a request that was sent on two
 * connections can get two answers.
 */
struct pending_request *pending_requests_take(struct pending_requests *requests, unsigned long long channel);

#endif
