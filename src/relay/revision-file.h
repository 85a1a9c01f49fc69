#ifndef REVISION_FILE_H
#define REVISION_FILE_H

#include <stdint.h>

/*
 * The revision of the agent's policy state: eight bytes in the machine's byte order, in a file that the agent writes in
 * place (src/agent/decide/revision-file.ts) before it acts on a change. Reading the mapped file takes no system call.
 */
struct revision_file {
  const volatile uint64_t *mapped;
};

/* Unmaps the current file, if any, and maps the one at path, which the running agent writes. Without a file the revision is 0. */
void revision_file_open(struct revision_file *file, const char *path);
void revision_file_close(struct revision_file *file);

/* 0 if there is no revision; an agent never uses 0. */
uint64_t revision_file_read(const struct revision_file *file);

#endif
