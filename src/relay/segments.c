#include "segments.h"

#include "timing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGITS = 10, NAME_LENGTH = DIGITS + 4 };

bool segments_open(struct segments *segments, const char *path) {
  char *part = must_resize(NULL, strlen(path) + 1);
  strcpy(part, path);
  for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    mkdir(part, 0777);
    *slash = '/';
  }
  mkdir(part, 0777);
  free(part);
  segments->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  segments->file = -1;
  return segments->folder >= 0;
}

static bool is_segment(const char *name, unsigned long long *number) {
  return strlen(name) == NAME_LENGTH && strcmp(name + DIGITS, ".log") == 0 &&
    slice_to_number((struct slice){ name, DIGITS }, number);
}

/* Highest number and total bytes of the segments. */
struct survey {
  unsigned long long newest;
  uint64_t bytes;
};

static struct survey survey(const struct segments *segments) {
  struct survey found = { 0, 0 };
  DIR *folder = fdopendir(openat(segments->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder == NULL) return found;
  for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    unsigned long long number;
    struct stat status;
    if (!is_segment(entry->d_name, &number)) continue;
    if (number > found.newest) found.newest = number;
    /* The agent may have deleted it since readdir. */
    if (fstatat(segments->folder, entry->d_name, &status, 0) == 0) found.bytes += (uint64_t)status.st_size;
  }
  closedir(folder);
  return found;
}

bool segments_begin(struct segments *segments) {
  char name[32];
  snprintf(name, sizeof name, "%0*llu.log", DIGITS, survey(segments).newest + 1);
  int file = openat(segments->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return false;
  if (segments->file >= 0) close(segments->file);
  segments->file = file;
  segments->file_bytes = 0;
  return true;
}

bool segments_append(struct segments *segments, struct slice text) {
  size_t written = 0;
  while (written < text.length) {
    ssize_t count = write(segments->file, text.at + written, text.length - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      /* Removes the part that was written before the disk was full. */
      if (ftruncate(segments->file, (off_t)segments->file_bytes) != 0) segments_begin(segments);
      return false;
    }
    written += (size_t)count;
  }
  segments->file_bytes += text.length;
  return true;
}

uint64_t segments_held(const struct segments *segments) {
  return survey(segments).bytes;
}

uint64_t segments_cap(const struct segments *segments) {
  char text[32];
  unsigned long long cap = 0;
  int file = openat(segments->folder, "max-bytes", O_RDONLY | O_CLOEXEC);
  if (file < 0) return DEFAULT_LOG_CAP_BYTES;
  ssize_t length = read(file, text, sizeof text);
  close(file);
  while (length > 0 && text[length - 1] == '\n') length -= 1;
  bool read = length > 0 && slice_to_number((struct slice){ text, (size_t)length }, &cap);
  return read && cap > 0 ? cap : DEFAULT_LOG_CAP_BYTES;
}
