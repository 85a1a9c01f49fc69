#include "client-table.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char FORMAT[8] = "accept 1";

/* Open addressing: a place without owner is free, and at least half of the places are. */
static struct client_record *places;
static size_t place_count;
/* The file that was read last. */
static struct stat known;

static size_t place_of(const struct in6_addr *address, size_t count) {
  uint64_t halves[2];
  memcpy(halves, address, sizeof halves);
  uint64_t hash = (halves[0] * 0x9e3779b97f4a7c15u) ^ halves[1];
  hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9u;
  return (size_t)(hash ^ (hash >> 32)) & (count - 1);
}

static void put(struct client_record *into, size_t count, const struct client_record *record) {
  size_t place = place_of(&record->address, count);
  while (into[place].owner != 0) place = (place + 1) & (count - 1);
  into[place] = *record;
}

static bool read_whole(int descriptor, void *into, size_t length) {
  for (size_t at = 0; at < length;) {
    ssize_t count = read(descriptor, (char *)into + at, length - at);
    if (count <= 0) return false;
    at += (size_t)count;
  }
  return true;
}

/* NULL if the file is not of this format. */
static struct client_record *read_records(int descriptor, size_t size, size_t *count) {
  char format[sizeof FORMAT];
  if (size < sizeof format || (size - sizeof format) % sizeof(struct client_record) != 0) return NULL;
  if (!read_whole(descriptor, format, sizeof format) || memcmp(format, FORMAT, sizeof format) != 0) return NULL;
  *count = (size - sizeof format) / sizeof(struct client_record);
  struct client_record *records = malloc(size);
  if (records != NULL && read_whole(descriptor, records, size - sizeof format)) return records;
  free(records);
  return NULL;
}

static void replace_table(const struct client_record *records, size_t count) {
  size_t size = 16;
  while (size < 2 * count) size *= 2;
  struct client_record *fresh = calloc(size, sizeof *fresh);
  if (fresh == NULL) return;
  for (size_t index = 0; index < count; index += 1) {
    if (records[index].owner != 0) put(fresh, size, &records[index]);
  }
  free(places);
  places = fresh;
  place_count = size;
}

static bool is_known(const struct stat *status) {
  return status->st_ino == known.st_ino && status->st_size == known.st_size &&
    status->st_mtim.tv_sec == known.st_mtim.tv_sec && status->st_mtim.tv_nsec == known.st_mtim.tv_nsec;
}

void client_table_refresh(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0 || is_known(&status)) return;
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return;
  size_t count;
  struct client_record *records =
    fstat(descriptor, &status) == 0 ? read_records(descriptor, (size_t)status.st_size, &count) : NULL;
  close(descriptor);
  known = status;
  if (records == NULL) return;
  replace_table(records, count);
  free(records);
}

const struct client_record *client_table_find(const struct in6_addr *address) {
  if (place_count == 0) return NULL;
  for (size_t place = place_of(address, place_count); places[place].owner != 0; place = (place + 1) & (place_count - 1)) {
    if (memcmp(&places[place].address, address, sizeof *address) == 0) return &places[place];
  }
  return NULL;
}
