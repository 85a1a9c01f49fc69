#include "pending-requests.h"

#include <stdlib.h>
#include <string.h>

static struct pending_request **bucket_of(struct pending_requests *requests, unsigned long long channel) {
  return &requests->buckets[channel % PENDING_BUCKETS];
}

void pending_requests_add(
  struct pending_requests *requests, unsigned long long channel, struct slice line, int64_t now) {
  free(pending_requests_take(requests, channel));
  struct pending_request *request = must_resize(NULL, sizeof *request + line.length);
  struct pending_request **bucket = bucket_of(requests, channel);
  *request = (struct pending_request){
    .older = requests->newest,
    .next_in_bucket = *bucket,
    .channel = channel,
    .received_at = now,
    .length = line.length,
  };
  memcpy(request->line, line.at, line.length);
  *bucket = request;
  if (requests->newest == NULL) requests->oldest = request;
  else requests->newest->newer = request;
  requests->newest = request;
}

struct pending_request *pending_requests_take(struct pending_requests *requests, unsigned long long channel) {
  struct pending_request **place = bucket_of(requests, channel);
  while (*place != NULL && (*place)->channel != channel) place = &(*place)->next_in_bucket;
  struct pending_request *request = *place;
  if (request == NULL) return NULL;
  *place = request->next_in_bucket;
  if (request->older == NULL) requests->oldest = request->newer;
  else request->older->newer = request->newer;
  if (request->newer == NULL) requests->newest = request->older;
  else request->newer->older = request->older;
  return request;
}
