#ifndef ACL_REQUEST_H
#define ACL_REQUEST_H

#include "bytes.h"

/*
 * What a decision depends on beside time and policy: Squid's line without the channel and without the client's port.
 * Equal requests of one client have equal keys. The port is between the two slices.
 */
struct request_key {
  struct slice source;
  struct slice rest;
};

/* Squid's line `CHANNEL SOURCE PORT REST`. The answer begins with the same channel. Slices point into the line. */
struct acl_request {
  struct slice channel;
  struct slice client_port;
  struct request_key key;
};

/* Never fails: words that the line lacks are empty. */
struct acl_request acl_request_parse(struct slice line);

#endif
