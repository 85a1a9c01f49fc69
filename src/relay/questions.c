#include "questions.h"

#include <stdlib.h>
#include <string.h>

static struct question **bucket_of(struct questions *questions, unsigned long long channel) {
  return &questions->buckets[channel % QUESTION_BUCKETS];
}

void questions_add(struct questions *questions, unsigned long long channel, struct slice line, int64_t now) {
  free(questions_take(questions, channel));
  struct question *question = must_resize(NULL, sizeof *question + line.length);
  struct question **bucket = bucket_of(questions, channel);
  *question = (struct question){
    .older = questions->newest,
    .next_in_bucket = *bucket,
    .channel = channel,
    .asked_at = now,
    .length = line.length,
  };
  memcpy(question->line, line.at, line.length);
  *bucket = question;
  if (questions->newest == NULL) questions->oldest = question;
  else questions->newest->newer = question;
  questions->newest = question;
}

struct question *questions_take(struct questions *questions, unsigned long long channel) {
  struct question **place = bucket_of(questions, channel);
  while (*place != NULL && (*place)->channel != channel) place = &(*place)->next_in_bucket;
  struct question *question = *place;
  if (question == NULL) return NULL;
  *place = question->next_in_bucket;
  if (question->older == NULL) questions->oldest = question->newer;
  else question->older->newer = question->newer;
  if (question->newer == NULL) questions->newest = question->older;
  else question->newer->older = question->older;
  return question;
}
