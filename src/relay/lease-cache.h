#ifndef LEASE_CACHE_H
#define LEASE_CACHE_H

#include "acl-request.h"
#include "bytes.h"
#include "timing.h"

#include <stdint.h>

/* The agent's permission to reuse an allow for equal requests, while its revision is `revision` and until `until`. */
struct lease_terms {
  /* The agent's own name for the lease: reports of reuse refer to it. */
  unsigned long long number;
  uint64_t revision;
  /* Monotonic milliseconds. */
  int64_t until;
};

struct lease {
  struct lease_terms terms;
  uint64_t hash;
  size_t source_length, rest_length, notes_length;
  /* Source, rest, notes. */
  char text[];
};

/* Bounded: a client that asks for many names evicts only leases of the same buckets. */
struct lease_cache {
  /* Random, so that a client cannot choose names of one bucket. */
  uint64_t seed;
  struct lease *buckets[LEASE_BUCKETS][LEASE_WAYS];
};

/* A lease that is valid under this revision and at this time; NULL if there is none. */
const struct lease *lease_cache_find(
  const struct lease_cache *cache, struct request_key key, uint64_t revision, int64_t now);

/* Replaces the lease of an equal request. A lease with a very long text is not stored. */
void lease_cache_put(struct lease_cache *cache, struct request_key key, struct slice notes, struct lease_terms terms);

/* The notes after the identifier; they begin with a space unless they are empty. */
struct slice lease_notes(const struct lease *lease);

#endif
