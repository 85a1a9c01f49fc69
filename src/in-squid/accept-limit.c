#include "accept-limit.h"

#include "client-table.h"
#include "descriptors.h"
#include "open-counts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LONGEST_PATH = 4096 };

static const char ANSWER[] =
  "HTTP/1.1 429 Too Many Requests\r\n"
  "X-Egress-Decision: TooManyConnections: this namespace has too many connections in this proxy pod\r\n"
  "Content-Type: text/plain\r\n"
  "Connection: close\r\n"
  "\r\n"
  "TooManyConnections: this namespace has too many connections in this proxy pod, idle ones included. Close some, or ask "
  "the operator to raise limits.connections of the EgressProxy.\n";

static char limits_path[LONGEST_PATH];
/* The count of each accepted connection, by descriptor. */
static struct open_count *count_of[DESCRIPTORS];

static bool start_counting(void) {
  const char *folder = getenv("ACCEPT_LIMIT_FOLDER");
  char counts_path[LONGEST_PATH];
  int length = snprintf(counts_path, sizeof counts_path, "%s/open-connections", folder == NULL ? "" : folder);
  if (folder == NULL || length >= LONGEST_PATH) return false;
  snprintf(limits_path, sizeof limits_path, "%s/client-limits", folder);
  if (open_counts_create(counts_path)) return true;
  fprintf(stderr, "accept-limit: %s: %s: connections of a namespace are not limited\n", counts_path, strerror(errno));
  return false;
}

static bool is_counting(void) {
  static int started = -1;
  if (started < 0) started = start_counting();
  return started == 1;
}

bool accept_limit_admit(int connection, const struct in6_addr *address) {
  if (!is_counting() || connection >= DESCRIPTORS) return true;
  client_table_refresh(limits_path);
  const struct client_record *client = client_table_find(address);
  struct open_count *count = client == NULL ? NULL : open_counts_of(client->owner);
  if (count == NULL) return true;
  if (count->open >= client->limit) {
    count->refused += 1;
    return false;
  }
  count->open += 1;
  count_of[connection] = count;
  return true;
}

/* What the client has sent is read first, or its kernel could drop the answer for a reset. */
void accept_limit_refuse(int connection) {
  char request[4096];
  (void)!recv(connection, request, sizeof request, MSG_DONTWAIT);
  (void)!send(connection, ANSWER, sizeof ANSWER - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  syscall(SYS_close, connection);
}

void accept_limit_closing(int descriptor) {
  if (descriptor < 0 || descriptor >= DESCRIPTORS || count_of[descriptor] == NULL) return;
  count_of[descriptor]->open -= 1;
  count_of[descriptor] = NULL;
}
