/*
 * A library in the process of Squid (LD_PRELOAD) that limits how many connections a namespace may have, before Squid reads a
 * byte of them (docs/decisions/0057). It replaces accept and close of the C library: what is accepted from a namespace
 * at its limit is answered with 429 and closed, and Squid gets the next connection of its queue.
 *
 * half-close.c is the other part of the library.
 *
 * The folder in ACCEPT_LIMIT_FOLDER holds `client-limits`, which the agent writes, and `open-connections`, which the agent
 * reads. Without that variable, or without the files, nothing is limited.
 */
#include "addresses.h"
#include "client-table.h"
#include "half-close.h"
#include "open-counts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  /* Connections that one call refuses; Squid finds the others of its queue in its next turn. */
  REFUSED_PER_CALL = 64,
  LONGEST_PATH = 4096,
};

static const char ANSWER[] =
  "HTTP/1.1 429 Too Many Requests\r\n"
  "X-Egress-Decision: TooManyConnections: this namespace has too many connections in this proxy pod\r\n"
  "Content-Type: text/plain\r\n"
  "Connection: close\r\n"
  "\r\n"
  "TooManyConnections: this namespace has too many connections in this proxy pod, idle ones included. Close some, or ask "
  "the operator to raise limits.connections of the EgressProxy.\n";

static char limits_path[LONGEST_PATH];
/* The process that counts: Squid's children inherit the mapped file, and close their copies of its connections. */
static pid_t counting;
/* The count of each accepted connection, by descriptor. */
static struct open_count *count_of[DESCRIPTORS];

static int start_counting(void) {
  const char *folder = getenv("ACCEPT_LIMIT_FOLDER");
  char counts_path[LONGEST_PATH];
  int length = snprintf(counts_path, sizeof counts_path, "%s/open-connections", folder == NULL ? "" : folder);
  if (folder == NULL || length >= LONGEST_PATH) return 0;
  snprintf(limits_path, sizeof limits_path, "%s/client-limits", folder);
  if (open_counts_create(counts_path)) return 1;
  fprintf(stderr, "accept-limit: %s: %s: connections of a namespace are not limited\n", counts_path, strerror(errno));
  return 0;
}

static int is_counting(void) {
  static int started = -1;
  if (started < 0) {
    counting = getpid();
    started = start_counting();
  }
  return started;
}

/* Counts an accepted connection; 0 if its namespace has too many. */
static int admit(int connection, const struct in6_addr *address) {
  if (connection >= DESCRIPTORS) return 1;
  client_table_refresh(limits_path);
  const struct client_record *client = client_table_find(address);
  struct open_count *count = client == NULL ? NULL : open_counts_of(client->owner);
  if (count == NULL) return 1;
  if (count->open >= client->limit) {
    count->refused += 1;
    return 0;
  }
  count->open += 1;
  count_of[connection] = count;
  return 1;
}

/* What the client has sent is read first, or its kernel could drop the answer for a reset. */
static void refuse(int connection) {
  char request[4096];
  (void)!recv(connection, request, sizeof request, MSG_DONTWAIT);
  (void)!send(connection, ANSWER, sizeof ANSWER - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  syscall(SYS_close, connection);
}

/* The headers declare accept with a union for its address, which ISO C does not know: so the names are given here. */
__attribute__((visibility("default"))) int limited_accept(int, struct sockaddr *, socklen_t *) __asm__("accept");
__attribute__((visibility("default"))) int counted_close(int) __asm__("close");

int limited_accept(int listener, struct sockaddr *address, socklen_t *length) {
  for (int refused = 0; refused < REFUSED_PER_CALL; refused += 1) {
    struct sockaddr_storage peer = { 0 };
    socklen_t peer_length = sizeof peer;
    int connection = (int)syscall(SYS_accept4, listener, &peer, &peer_length, 0);
    if (connection < 0) return connection;
    struct in6_addr from;
    uint16_t port;
    bool counts = is_counting();
    if (address_of((struct sockaddr *)&peer, &from, &port)) {
      if (counts && !admit(connection, &from)) {
        refuse(connection);
        continue;
      }
      half_close_accepted(connection, &from, port);
    }
    if (address != NULL && length != NULL) {
      memcpy(address, &peer, *length < peer_length ? *length : peer_length);
      *length = peer_length;
    }
    return connection;
  }
  errno = EAGAIN;
  return -1;
}

int counted_close(int descriptor) {
  if (descriptor >= 0 && descriptor < DESCRIPTORS && getpid() == counting) {
    half_close_closing(descriptor);
    if (count_of[descriptor] != NULL) count_of[descriptor]->open -= 1;
    count_of[descriptor] = NULL;
  }
  return (int)syscall(SYS_close, descriptor);
}
