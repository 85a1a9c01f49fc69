#include "kept-answers.h"

#include <stdlib.h>
#include <string.h>

/* Bytes; what is longer is asked each time. */
enum { LONGEST = 4096 };

/* FNV-1a; that some names collide costs four comparisons. */
static uint64_t hash_add(uint64_t hash, struct slice text) {
  for (size_t index = 0; index < text.length; index += 1) {
    hash = (hash ^ (unsigned char)text.at[index]) * 0x100000001b3u;
  }
  return hash;
}

static uint64_t hash_of(uint64_t seed, struct asked asked) {
  uint64_t hash = hash_add(seed ^ 0xcbf29ce484222325u, asked.source);
  return hash_add(hash_add(hash, (struct slice){ " ", 1 }), asked.rest);
}

static size_t bucket_of(uint64_t hash) {
  return (hash ^ (hash >> 32)) % KEPT_BUCKETS;
}

static bool is_same(const struct kept_answer *answer, uint64_t hash, struct asked asked) {
  return answer->hash == hash && answer->source_length == asked.source.length &&
    answer->rest_length == asked.rest.length &&
    memcmp(answer->text, asked.source.at, asked.source.length) == 0 &&
    memcmp(answer->text + asked.source.length, asked.rest.at, asked.rest.length) == 0;
}

const struct kept_answer *kept_find(
  const struct kept_answers *kept, struct asked asked, uint64_t version, int64_t now) {
  uint64_t hash = hash_of(kept->seed, asked);
  for (size_t way = 0; way < KEPT_WAYS; way += 1) {
    const struct kept_answer *answer = kept->buckets[bucket_of(hash)][way];
    if (answer != NULL && is_same(answer, hash, asked)) {
      return answer->version == version && now < answer->until ? answer : NULL;
    }
  }
  return NULL;
}

/* The place of the same question, else a free one, else that of the answer that ends first. */
static struct kept_answer **place_for(struct kept_answers *kept, uint64_t hash, struct asked asked) {
  struct kept_answer **ways = kept->buckets[bucket_of(hash)];
  struct kept_answer **best = &ways[0];
  for (size_t way = 0; way < KEPT_WAYS; way += 1) {
    if (ways[way] != NULL && is_same(ways[way], hash, asked)) return &ways[way];
    if (*best != NULL && (ways[way] == NULL || ways[way]->until < (*best)->until)) best = &ways[way];
  }
  return best;
}

void kept_put(struct kept_answers *kept, struct asked asked, struct slice notes, struct kept_terms terms) {
  size_t length = asked.source.length + asked.rest.length + notes.length;
  if (length > LONGEST) return;
  uint64_t hash = hash_of(kept->seed, asked);
  struct kept_answer **place = place_for(kept, hash, asked);
  struct kept_answer *answer = must_resize(*place, sizeof *answer + length);
  *place = answer;
  answer->hash = hash;
  answer->version = terms.version;
  answer->until = terms.until;
  answer->number = terms.number;
  answer->source_length = asked.source.length;
  answer->rest_length = asked.rest.length;
  answer->notes_length = notes.length;
  memcpy(answer->text, asked.source.at, asked.source.length);
  memcpy(answer->text + asked.source.length, asked.rest.at, asked.rest.length);
  memcpy(answer->text + asked.source.length + asked.rest.length, notes.at, notes.length);
}

struct slice kept_notes(const struct kept_answer *answer) {
  return (struct slice){ answer->text + answer->source_length + answer->rest_length, answer->notes_length };
}
