#ifndef CLIENT_TABLE_H
#define CLIENT_TABLE_H

#include <netinet/in.h>
#include <stdint.h>

/*
 * Which namespace a client's address belongs to, and how many connections that namespace may have. The agent writes the
 * file (src/agent/accept-limit/client-table.ts) and replaces it as a whole: eight bytes that name the format, then records
 * in the machine's byte order.
 */
struct client_record {
  /* IPv6, or an IPv4 address mapped into it. */
  struct in6_addr address;
  /* A hash of the namespace's name, never 0. */
  uint64_t owner;
  uint32_t limit;
  uint32_t unused;
};

/* Reads the file again if it was replaced; a file that is missing or broken leaves the table as it is. */
void client_table_refresh(const char *path);

/* NULL for an address that has no limit. */
const struct client_record *client_table_find(const struct in6_addr *address);

#endif
