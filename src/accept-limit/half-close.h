#ifndef HALF_CLOSE_H
#define HALF_CLOSE_H

#include <netinet/in.h>
#include <stdint.h>

/* The most descriptors that Squid is given (SQUID_FILE_DESCRIPTORS). */
enum { DESCRIPTORS = 65536 };

/*
 * Keeps the end of a client's side from Squid, which would close the whole tunnel, and passes it on to the gate
 * (docs/decisions/0065).
 *
 * A client is linked with Squid's connection to the gate by the header `X-Kube-Egress-Client: ADDRESS PORT` of the CONNECT
 * that Squid writes there first. When Squid reads the end of a linked client, it gets EAGAIN instead, and its side of
 * the connection to the gate is shut for writing: Squid reads from a client only after it has written all that it had read
 * before. Everything else remains as it is: a client that is not linked, whose tunnel began with TLS, or whose connection to
 * the gate has been closed.
 *
 * The port of the gate is in ACCEPT_LIMIT_GATE_PORT; without it no end is kept.
 */

/* A client was accepted. */
void half_close_accepted(int connection, const struct in6_addr *address, uint16_t port);

/* A descriptor is about to be closed in the process that accepted the clients. */
void half_close_closing(int descriptor);

#endif
