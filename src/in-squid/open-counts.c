#include "open-counts.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* Places in which a namespace's count can be. */
enum { TRIED = 64 };

static struct open_count *counts;

bool open_counts_create(const char *path) {
  unlink(path);
  int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (descriptor < 0) return false;
  size_t size = OWNERS * sizeof *counts;
  /* On a full disk a mapped file without its blocks would raise SIGBUS. */
  void *mapped = posix_fallocate(descriptor, 0, (off_t)size) == 0
    ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    : MAP_FAILED;
  close(descriptor);
  if (mapped == MAP_FAILED) return false;
  counts = mapped;
  return true;
}

struct open_count *open_counts_of(uint64_t owner) {
  struct open_count *unused = NULL;
  for (size_t tried = 0; tried < TRIED; tried += 1) {
    struct open_count *count = &counts[(owner + tried) % OWNERS];
    if (count->owner == owner) return count;
    if (unused == NULL && count->open == 0) unused = count;
    if (count->owner == 0) break;
  }
  if (unused != NULL) *unused = (struct open_count){ .owner = owner };
  return unused;
}
