#ifndef VERSION_FILE_H
#define VERSION_FILE_H

#include <stdint.h>

/*
 * The version of what the agent knows: eight bytes in the machine's order, in a file that the agent writes in place
 * (src/agent/decision/version-file.ts). It stands there before anybody is told of a change, and a look costs no system
 * call.
 */
struct version_file {
  const volatile uint64_t *mapped;
};

/* Maps the file of the agent that runs now, instead of an earlier one. Without one there is no version. */
void version_file_open(struct version_file *file, const char *path);
void version_file_close(struct version_file *file);

/* 0 where there is none: no agent begins with it. */
uint64_t version_file_read(const struct version_file *file);

#endif
