#include "lease-cache.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of key and notes; a longer lease is not stored. */
enum { LONGEST_TEXT = 4096 };

/* FNV-1a. Keys with equal hashes share a bucket, which costs at most LEASE_WAYS comparisons. */
static uint64_t hash_add(uint64_t hash, struct slice text) {
  for (size_t index = 0; index < text.length; index += 1) {
    hash = (hash ^ (unsigned char)text.at[index]) * 0x100000001b3u;
  }
  return hash;
}

static uint64_t hash_of(uint64_t seed, struct request_key key) {
  uint64_t hash = hash_add(seed ^ 0xcbf29ce484222325u, key.source);
  return hash_add(hash_add(hash, (struct slice){ " ", 1 }), key.rest);
}

static size_t bucket_of(uint64_t hash) {
  return (hash ^ (hash >> 32)) % LEASE_BUCKETS;
}

static bool has_key(const struct lease *lease, uint64_t hash, struct request_key key) {
  return lease->hash == hash && lease->source_length == key.source.length && lease->rest_length == key.rest.length &&
    memcmp(lease->text, key.source.at, key.source.length) == 0 &&
    memcmp(lease->text + key.source.length, key.rest.at, key.rest.length) == 0;
}

const struct lease *lease_cache_find(
  const struct lease_cache *cache, struct request_key key, uint64_t revision, int64_t now) {
  uint64_t hash = hash_of(cache->seed, key);
  for (size_t way = 0; way < LEASE_WAYS; way += 1) {
    const struct lease *lease = cache->buckets[bucket_of(hash)][way];
    if (lease != NULL && has_key(lease, hash, key)) {
      return lease->terms.revision == revision && now < lease->terms.until ? lease : NULL;
    }
  }
  return NULL;
}

/* The place of the same key, else a free one, else that of the lease that ends first. */
static struct lease **place_for(struct lease_cache *cache, uint64_t hash, struct request_key key) {
  struct lease **ways = cache->buckets[bucket_of(hash)];
  struct lease **best = &ways[0];
  for (size_t way = 0; way < LEASE_WAYS; way += 1) {
    if (ways[way] != NULL && has_key(ways[way], hash, key)) return &ways[way];
    if (*best != NULL && (ways[way] == NULL || ways[way]->terms.until < (*best)->terms.until)) best = &ways[way];
  }
  return best;
}

void lease_cache_put(
  struct lease_cache *cache, struct request_key key, struct slice notes, struct lease_terms terms) {
  size_t length = key.source.length + key.rest.length + notes.length;
  if (length > LONGEST_TEXT) return;
  uint64_t hash = hash_of(cache->seed, key);
  struct lease **place = place_for(cache, hash, key);
  struct lease *lease = must_resize(*place, sizeof *lease + length);
  *place = lease;
  lease->terms = terms;
  lease->hash = hash;
  lease->source_length = key.source.length;
  lease->rest_length = key.rest.length;
  lease->notes_length = notes.length;
  memcpy(lease->text, key.source.at, key.source.length);
  memcpy(lease->text + key.source.length, key.rest.at, key.rest.length);
  memcpy(lease->text + key.source.length + key.rest.length, notes.at, notes.length);
}

struct slice lease_notes(const struct lease *lease) {
  return (struct slice){ lease->text + lease->source_length + lease->rest_length, lease->notes_length };
}
