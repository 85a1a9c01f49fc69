#ifndef ACCEPT_LIMIT_H
#define ACCEPT_LIMIT_H

#include <netinet/in.h>
#include <stdbool.h>

/*
 * Limits how many connections a namespace may have, before Squid reads a byte of them (docs/decisions/0057).
 *
 * The folder in ACCEPT_LIMIT_FOLDER holds `client-limits`, which the agent writes, and `open-connections`, which the agent
 * reads. Without that variable, or without the files, nothing is limited.
 */

/* Counts an accepted connection; false if its namespace has too many. */
bool accept_limit_admit(int connection, const struct in6_addr *address);

/* Answers a connection that was not admitted with 429, and closes it. */
void accept_limit_refuse(int connection);

/* A descriptor is about to be closed in the process that accepted the connections. */
void accept_limit_closing(int descriptor);

#endif
