#include "revision-file.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void revision_file_open(struct revision_file *file, const char *path) {
  revision_file_close(file);
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return;
  struct stat status;
  /* Reading a mapping past the end of its file raises SIGBUS. */
  if (fstat(descriptor, &status) == 0 && status.st_size >= (off_t)sizeof(uint64_t)) {
    void *mapped = mmap(NULL, sizeof(uint64_t), PROT_READ, MAP_SHARED, descriptor, 0);
    if (mapped != MAP_FAILED) file->mapped = mapped;
  }
  close(descriptor);
}

void revision_file_close(struct revision_file *file) {
  if (file->mapped != NULL) munmap((void *)file->mapped, sizeof(uint64_t));
  file->mapped = NULL;
}

uint64_t revision_file_read(const struct revision_file *file) {
  return file->mapped == NULL ? 0 : *file->mapped;
}
