#ifndef HALF_CLOSE_H
#define HALF_CLOSE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

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
 * The port of the gate is in HALF_CLOSE_GATE_PORT; without it no end is kept.
 */

/* A client was accepted. */
void half_close_accepted(int connection, const struct in6_addr *address, uint16_t port);

/* A descriptor is about to be closed in the process that accepted the clients. */
void half_close_closing(int descriptor);

/* Squid is about to connect. */
void half_close_connecting(int descriptor, const struct sockaddr *address);

/* Squid has written `count` bytes, at least one. */
void half_close_written(int descriptor, const char *bytes, size_t count);

/* Squid has read an end. True if it was passed on to the gate: Squid has to see EAGAIN instead. */
bool half_close_keeps_end(int descriptor);

/* Squid waits for an event of a descriptor in `instance`; gives what the kernel is to be asked for. */
struct epoll_event half_close_awaited(int instance, int descriptor, struct epoll_event event);

#endif
