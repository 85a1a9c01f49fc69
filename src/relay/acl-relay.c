#include "acl-relay.h"

#include "acl-request.h"
#include "bytes.h"
#include "clock.h"
#include "decision-ids.h"
#include "lease-cache.h"
#include "lease.h"
#include "pending-requests.h"
#include "revision-file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * The protocol between relay and agent: lines of text in both directions. The agent's side is src/agent/squid-acl.
 *
 * From the relay:
 *   acl 3                                      first line of a connection: the protocol and its version
 *   CHANNEL SOURCE PORT REST                   ACL request, as Squid wrote it
 *   reuse NUMBER ID PORT TIME                  report: lease NUMBER answered a request of the client's PORT at TIME
 *                                              (milliseconds since the epoch), as decision ID
 * From the agent:
 *   CHANNEL ANSWER                             answer, passed to Squid unchanged
 *   lease NUMBER REVISION MS CHANNEL ID NOTES  answer: allow as decision ID with NOTES. The relay may reuse it for
 *                                              equal requests until MS milliseconds after it received this one, while
 *                                              REVISION is the agent's revision
 *
 * The agent may answer in any order. Requests are equal if they differ in CHANNEL and PORT only.
 */
static const char PREAMBLE[] = "acl 3\n";
static const char UNAVAILABLE[] =
  "AgentUnavailable: the egress agent of this proxy did not answer in time; try again, and contact the operator of "
  "the proxy if it persists (id ";

/* Follows the path of the agent's socket: the file of its revision. */
static const char REVISION_SUFFIX[] = ".revision";

enum {
  CHUNK = 1 << 16,
  /* Milliseconds between attempts to connect to the agent: the first pause and the longest. */
  FIRST_PAUSE = 10,
  LONGEST_PAUSE = 250,
  /* Bytes that wait for an agent that does not read: with so many the relay stops reusing leases and asks. */
  MOST_UNREAD = 1 << 20,
};

enum { SQUID_IN, SQUID_OUT, AGENT, POLLED };

struct relay {
  const char *socket_path;
  char *revision_path;
  /* Milliseconds. */
  int64_t patience;
  /*
   * The connection; -1 if there is none. The relay connects on Squid's first request, so that the agent can tell a
   * starting Squid from a running one.
   */
  int agent;
  bool has_received;
  bool connecting;
  /* When to connect next: monotonic milliseconds. */
  int64_t connect_at;
  int pause;
  bool ended;
  struct bytes from_squid, to_squid, from_agent, to_agent;
  struct pending_requests pending;
  struct lease_cache leases;
  struct reuse_reports reports;
  struct revision_file revision;
  struct decision_ids ids;
};

static void add_allow(struct relay *relay, unsigned long long channel, struct slice id, struct slice notes) {
  bytes_add_number(&relay->to_squid, channel);
  bytes_add_text(&relay->to_squid, " OK verdict_=allow id_=");
  bytes_add(&relay->to_squid, id);
  bytes_add(&relay->to_squid, notes);
  bytes_add_text(&relay->to_squid, "\n");
}

/* A deny is OK with notes too: Squid drops the notes of ERR. It decodes unquoted values. */
static void add_unavailable(struct relay *relay, unsigned long long channel) {
  static const char *const notes[] = { " decision_=", " message=" };
  char buffer[32];
  struct slice id = decision_ids_next(&relay->ids, &buffer);
  struct bytes *out = &relay->to_squid;
  bytes_add_number(out, channel);
  bytes_add_text(out, " OK verdict_=deny id_=");
  bytes_add(out, id);
  bytes_add_text(out, " reason_=AgentUnavailable");
  for (size_t index = 0; index < sizeof notes / sizeof *notes; index += 1) {
    bytes_add_text(out, notes[index]);
    bytes_add_percent_encoded(out, (struct slice){ UNAVAILABLE, sizeof UNAVAILABLE - 1 });
    bytes_add(out, id);
    bytes_add_text(out, ")");
  }
  bytes_add_text(out, "\n");
}

static void send_request(struct relay *relay, struct slice line) {
  bytes_add(&relay->to_agent, line);
  bytes_add_text(&relay->to_agent, "\n");
}

static bool may_reuse(const struct relay *relay) {
  size_t unread = bytes_held(&relay->reports.lines).length + bytes_held(&relay->to_agent).length;
  return relay->agent >= 0 && unread < MOST_UNREAD;
}

static const struct lease *find_lease(struct relay *relay, struct request_key key, int64_t now) {
  uint64_t revision = may_reuse(relay) ? revision_file_read(&relay->revision) : 0;
  return revision == 0 ? NULL : lease_cache_find(&relay->leases, key, revision, now);
}

static void take_request(struct relay *relay, struct slice line) {
  struct acl_request request = acl_request_parse(line);
  unsigned long long channel;
  /* Without a channel no answer is possible. */
  if (!slice_to_number(request.channel, &channel)) return;
  relay->has_received = true;
  int64_t now = monotonic_ms();
  const struct lease *lease = find_lease(relay, request.key, now);
  if (lease != NULL) {
    char buffer[32];
    struct slice id = decision_ids_next(&relay->ids, &buffer);
    add_allow(relay, channel, id, lease_notes(lease));
    reuse_reports_add(&relay->reports, lease, id, request.client_port);
    return;
  }
  pending_requests_add(&relay->pending, channel, line, now);
  if (relay->agent >= 0 && !relay->connecting) send_request(relay, line);
}

static void take_lease(struct relay *relay, struct slice rest) {
  struct lease_line lease;
  if (!lease_line_parse(rest, &lease)) return;
  struct pending_request *request = pending_requests_take(&relay->pending, lease.channel);
  if (request == NULL) return;
  add_allow(relay, lease.channel, lease.id, lease.notes);
  struct request_key key = acl_request_parse((struct slice){ request->line, request->length }).key;
  struct lease_terms terms = { lease.number, lease.revision, request->received_at + (int64_t)lease.ms };
  lease_cache_put(&relay->leases, key, lease.notes, terms);
  free(request);
}

static void take_answer(struct relay *relay, struct slice line) {
  struct slice rest = line;
  struct slice first = slice_take_word(&rest);
  unsigned long long channel;
  relay->pause = FIRST_PAUSE;
  if (slice_is(first, "lease")) {
    take_lease(relay, rest);
  } else if (slice_to_number(first, &channel)) {
    struct pending_request *request = pending_requests_take(&relay->pending, channel);
    if (request == NULL) return;
    bytes_add(&relay->to_squid, line);
    bytes_add_text(&relay->to_squid, "\n");
    free(request);
  }
}

static void deny_expired_requests(struct relay *relay) {
  int64_t now = monotonic_ms();
  struct pending_request *oldest;
  while ((oldest = relay->pending.oldest) != NULL && oldest->received_at + relay->patience <= now) {
    pending_requests_take(&relay->pending, oldest->channel);
    add_unavailable(relay, oldest->channel);
    free(oldest);
  }
}

static void lose_agent(struct relay *relay) {
  close(relay->agent);
  relay->agent = -1;
  relay->connecting = false;
  relay->connect_at = monotonic_ms() + relay->pause;
  relay->pause = relay->pause * 2 < LONGEST_PAUSE ? relay->pause * 2 : LONGEST_PAUSE;
  bytes_clear(&relay->from_agent);
  bytes_clear(&relay->to_agent);
  /* The next agent does not know these lease numbers. */
  bytes_clear(&relay->reports.lines);
  revision_file_close(&relay->revision);
}

static void greet_agent(struct relay *relay) {
  relay->connecting = false;
  revision_file_open(&relay->revision, relay->revision_path);
  bytes_add_text(&relay->to_agent, PREAMBLE);
  for (struct pending_request *request = relay->pending.oldest; request != NULL; request = request->newer) {
    send_request(relay, (struct slice){ request->line, request->length });
  }
}

static void connect_agent(struct relay *relay) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  memcpy(address.sun_path, relay->socket_path, strlen(relay->socket_path));
  relay->agent = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (relay->agent >= 0 && connect(relay->agent, (struct sockaddr *)&address, sizeof address) == 0) greet_agent(relay);
  else if (relay->agent >= 0 && errno == EINPROGRESS) relay->connecting = true;
  else lose_agent(relay);
}

/* Reads once; false if the other end is closed. */
static bool fill(int descriptor, struct bytes *bytes) {
  ssize_t count = read(descriptor, bytes_room(bytes, CHUNK), CHUNK);
  if (count > 0) bytes_grew(bytes, (size_t)count);
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Writes as much as the other end accepts; false if it is closed. */
static bool drain(int descriptor, struct bytes *bytes) {
  while (bytes_held(bytes).length > 0) {
    struct slice held = bytes_held(bytes);
    ssize_t count = write(descriptor, held.at, held.length);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    bytes_take(bytes, (size_t)count);
  }
  return true;
}

static void read_agent(struct relay *relay) {
  if (relay->connecting) {
    greet_agent(relay);
    return;
  }
  bool open = fill(relay->agent, &relay->from_agent);
  struct slice line;
  while (bytes_take_line(&relay->from_agent, &line)) take_answer(relay, line);
  if (!open) lose_agent(relay);
}

static void read_squid(struct relay *relay) {
  bool open = fill(STDIN_FILENO, &relay->from_squid);
  struct slice line;
  while (bytes_take_line(&relay->from_squid, &line)) take_request(relay, line);
  if (!open) relay->ended = true;
}

static void write_all(struct relay *relay) {
  if (!drain(STDOUT_FILENO, &relay->to_squid)) relay->ended = true;
  if (relay->agent < 0 || relay->connecting) return;
  /* Reports go early with a request: they cost no write of their own. */
  bool writes = bytes_held(&relay->to_agent).length > 0;
  if (writes || reuse_reports_due(&relay->reports) <= monotonic_ms()) {
    reuse_reports_move(&relay->reports, &relay->to_agent);
  }
  if (!drain(relay->agent, &relay->to_agent)) lose_agent(relay);
}

static int64_t earlier(int64_t one, int64_t other) {
  return one < other ? one : other;
}

/* Milliseconds until something is due; -1 if nothing ever is. */
static int next_due(const struct relay *relay) {
  int64_t due = INT64_MAX;
  if (relay->pending.oldest != NULL) due = relay->pending.oldest->received_at + relay->patience;
  if (relay->agent >= 0) due = earlier(due, reuse_reports_due(&relay->reports));
  else if (relay->has_received) due = earlier(due, relay->connect_at);
  if (due == INT64_MAX) return -1;
  int64_t left = due - monotonic_ms();
  return left < 0 ? 0 : (int)left;
}

static void wait_and_read(struct relay *relay) {
  bool writes = relay->agent >= 0 && (relay->connecting || bytes_held(&relay->to_agent).length > 0);
  struct pollfd polled[POLLED] = {
    [SQUID_IN] = { .fd = STDIN_FILENO, .events = POLLIN },
    [SQUID_OUT] = { .fd = bytes_held(&relay->to_squid).length > 0 ? STDOUT_FILENO : -1, .events = POLLOUT },
    [AGENT] = { .fd = relay->agent, .events = (short)(writes ? POLLIN | POLLOUT : POLLIN) },
  };
  if (poll(polled, POLLED, next_due(relay)) < 0) return;
  short agent = polled[AGENT].revents;
  /* The agent first: after the loss of a connection its leases must not answer. */
  if ((agent & (POLLIN | POLLHUP | POLLERR)) != 0 || (relay->connecting && agent != 0)) read_agent(relay);
  if (polled[SQUID_IN].revents != 0) read_squid(relay);
}

/* False, with a message, if the relay cannot run. */
static bool begin(struct relay *relay, const char *socket_path, long patience_ms) {
  if (strlen(socket_path) >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
    fputs("relay: the path of the socket is too long\n", stderr);
    return false;
  }
  if (!decision_ids_begin(&relay->ids) || getrandom(&relay->leases.seed, sizeof relay->leases.seed, 0) < 0) {
    fputs("relay: no random bytes\n", stderr);
    return false;
  }
  relay->agent = -1;
  relay->pause = FIRST_PAUSE;
  relay->socket_path = socket_path;
  relay->patience = patience_ms;
  relay->revision_path = must_resize(NULL, strlen(socket_path) + sizeof REVISION_SUFFIX);
  strcpy(relay->revision_path, socket_path);
  strcat(relay->revision_path, REVISION_SUFFIX);
  fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
  fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
  return true;
}

int run_acl_relay(const char *socket_path, long patience_ms) {
  static struct relay relay;
  if (!begin(&relay, socket_path, patience_ms)) return 2;
  while (!relay.ended) {
    if (relay.agent < 0 && relay.has_received && monotonic_ms() >= relay.connect_at) connect_agent(&relay);
    deny_expired_requests(&relay);
    write_all(&relay);
    if (!relay.ended) wait_and_read(&relay);
  }
  /* Squid has ended: the agent learns of the last allows, of which some are under way. */
  reuse_reports_move(&relay.reports, &relay.to_agent);
  if (relay.agent >= 0 && !relay.connecting) drain(relay.agent, &relay.to_agent);
  return 0;
}
