#include "addresses.h"

#include <string.h>

bool address_of(const struct sockaddr *from, struct in6_addr *address, uint16_t *port) {
  if (from->sa_family == AF_INET6) {
    struct sockaddr_in6 six;
    memcpy(&six, from, sizeof six);
    *address = six.sin6_addr;
    *port = ntohs(six.sin6_port);
    return true;
  }
  if (from->sa_family != AF_INET) return false;
  struct sockaddr_in four;
  memcpy(&four, from, sizeof four);
  memset(address, 0, sizeof *address);
  address->s6_addr[10] = address->s6_addr[11] = 0xff;
  memcpy(&address->s6_addr[12], &four.sin_addr, 4);
  *port = ntohs(four.sin_port);
  return true;
}
