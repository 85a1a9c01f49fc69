#ifndef CLIENT_HELLO_H
#define CLIENT_HELLO_H

#include "bytes.h"

enum hello_kind {
  /* The hello is not complete. */
  HELLO_MORE,
  HELLO_NOT_TLS,
  HELLO_READ,
};

struct client_hello {
  enum hello_kind kind;
  /* The server name, byte for byte; empty if there is none. Valid until the next call. */
  struct slice name;
  /* There is an extension for an encrypted name. Clients without one send it too, with random content (GREASE). */
  bool encrypted;
};

enum {
  /* Bytes of a handshake message; a ClientHello with several post-quantum keys takes a fifth. */
  LONGEST_HELLO = 1 << 14,
  /* Bytes with the heads of the records that carry it, each of at least one byte. */
  LONGEST_HELLO_RECORDS = 6 * (LONGEST_HELLO + 4),
};

/*
 * Reads a TLS ClientHello (RFC 8446, 4.1.2; RFC 6066, 3) from the first bytes of a connection. What servers could read
 * in two ways, such as a second server name, is not TLS.
 */
struct client_hello read_client_hello(struct slice bytes);

#endif
