#ifndef OPEN_COUNTS_H
#define OPEN_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* Namespaces that are counted; the connections of more are not limited. */
enum { OWNERS = 4096 };

/*
 * The connections of one namespace, in a file that the agent reads (src/agent/accept-limit/open-counts.ts): OWNERS of
 * them in the machine's byte order. A Squid that starts makes the file again.
 */
struct open_count {
  /* 0: free. */
  uint64_t owner;
  /* Connections that were closed because the namespace was at its limit. */
  uint64_t refused;
  uint32_t open;
  uint32_t unused;
};

/* False if the file cannot be made. */
bool open_counts_create(const char *path);

/* The count of a namespace; NULL if too many namespaces have connections. */
struct open_count *open_counts_of(uint64_t owner);

#endif
