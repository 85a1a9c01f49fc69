#ifndef GATE_REQUEST_H
#define GATE_REQUEST_H

#include "bytes.h"

#include <netinet/in.h>

enum { MOST_ADDRESSES = 8, LONGEST_ID = 63, LONGEST_NAME = 253 };

struct gate_address {
  union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
  };
  socklen_t length;
};

/* What becomes of a tunnel that does not begin with TLS for its name. */
enum gate_mode {
  /* Nothing: its beginning is not read. */
  GATE_PASS,
  GATE_REPORT,
  /* It is ended. */
  GATE_ENFORCE,
};

/* A tunnel that Squid asks the gate for. */
struct gate_request {
  /* The agent's decision. */
  char id[LONGEST_ID + 1];
  enum gate_mode mode;
  /* The name that was allowed, in lower case and without a dot at the end. */
  char name[LONGEST_NAME + 1];
  /* The addresses that the agent allowed, in order. */
  struct gate_address addresses[MOST_ADDRESSES];
  size_t address_count;
};

/* Parses the head of Squid's request, without the empty line at its end; false if it is not as gate.c describes it. */
bool parse_gate_request(struct slice head, struct gate_request *request);

#endif
