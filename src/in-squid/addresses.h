#ifndef ADDRESSES_H
#define ADDRESSES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* The address and port as IPv6, an IPv4 address mapped into it; false for another family. The port is as in the machine. */
bool address_of(const struct sockaddr *from, struct in6_addr *address, uint16_t *port);

#endif
