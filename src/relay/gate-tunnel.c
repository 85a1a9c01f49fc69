#include "gate-tunnel.h"

#include "client-hello.h"
#include "clock.h"
#include "timing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  CHUNK = 1 << 16,
  /* Small, since each tunnel whose hello is incomplete holds as much. */
  FIRST_CHUNK = 1 << 13,
  /* Bytes of Squid's request: it sends the client's headers too. */
  LONGEST_HEAD = 1 << 18,
  REQUEST_MS = 10000,
  /* Between the beginnings of two connections to addresses of one target, as in RFC 8305, 5. */
  ATTEMPT_DELAY_MS = 250,
  /* From the first byte of a hello to its last. */
  HELLO_MS = 30000,
  /* Without a byte after one side has ended: Squid may have gone, which looks the same as the end of its side. */
  HALF_CLOSED_MS = 120000,
  /* For Squid to read an alert. */
  REFUSED_MS = 2000,
  KEPT_PIPES = 64,
  LONGEST_REPORT = LONGEST_ID + INET6_ADDRSTRLEN + 3 * LONGEST_NAME + 64,
};

static const char CONNECTED[] = "HTTP/1.1 200 Connection established\r\n\r\n";
/* A fatal alert, RFC 8446, 6: access_denied. The client reads it as if the server had sent it. */
static const char ALERT[] = { 21, 3, 3, 0, 2, 2, 49 };

static const struct direction NO_PIPE = { .pipe = { -1, -1 } };

/* Empty pipes, so that only a direction with bytes needs one of its own. */
static int kept_pipes[KEPT_PIPES][2];
static size_t kept_pipe_count;

static bool take_pipe(int (*ends)[2]) {
  if (kept_pipe_count == 0) return pipe2(*ends, O_NONBLOCK | O_CLOEXEC) == 0;
  kept_pipe_count -= 1;
  memcpy(*ends, kept_pipes[kept_pipe_count], sizeof *ends);
  return true;
}

static void return_pipe(struct direction *direction) {
  if (direction->pipe[0] < 0) return;
  if (direction->held == 0 && kept_pipe_count < KEPT_PIPES) {
    memcpy(kept_pipes[kept_pipe_count], direction->pipe, sizeof direction->pipe);
    kept_pipe_count += 1;
  } else {
    close(direction->pipe[0]);
    close(direction->pipe[1]);
  }
  direction->pipe[0] = direction->pipe[1] = -1;
}

static void close_socket(struct tunnel_socket *socket) {
  if (socket->descriptor >= 0) close(socket->descriptor);
  socket->descriptor = -1;
}

static bool watch(struct gate *gate, struct tunnel_socket *socket, uint32_t interest) {
  struct epoll_event event = { .events = interest, .data.ptr = socket };
  socket->interest = interest;
  return epoll_ctl(gate->epoll, EPOLL_CTL_ADD, socket->descriptor, &event) == 0;
}

static void wait_for(struct gate *gate, struct tunnel_socket *socket, uint32_t interest) {
  if (socket->descriptor < 0 || socket->interest == interest) return;
  struct epoll_event event = { .events = interest, .data.ptr = socket };
  socket->interest = interest;
  bool known = epoll_ctl(gate->epoll, EPOLL_CTL_MOD, socket->descriptor, &event) == 0;
  if (!known && errno == ENOENT) epoll_ctl(gate->epoll, EPOLL_CTL_ADD, socket->descriptor, &event);
}

static void set_due(struct gate *gate, struct tunnel *tunnel, int64_t due) {
  bool was_timed = tunnel->due != INT64_MAX;
  tunnel->due = due;
  if (was_timed == (due != INT64_MAX)) return;
  if (was_timed) {
    if (tunnel->timed_before == NULL) gate->timed = tunnel->timed_next;
    else tunnel->timed_before->timed_next = tunnel->timed_next;
    if (tunnel->timed_next != NULL) tunnel->timed_next->timed_before = tunnel->timed_before;
    return;
  }
  tunnel->timed_before = NULL;
  tunnel->timed_next = gate->timed;
  if (gate->timed != NULL) gate->timed->timed_before = tunnel;
  gate->timed = tunnel;
}

static void free_bytes(struct bytes *bytes) {
  free(bytes->start);
  *bytes = (struct bytes){ 0 };
}

/* Without a report, the end of the tunnel reports it with no name. */
static void report(struct gate *gate, struct tunnel *tunnel, const char *outcome, const char *reason,
  struct slice name) {
  char address[INET6_ADDRSTRLEN] = "-";
  const struct gate_address *used = &tunnel->request.addresses[tunnel->address];
  if (used->any.sa_family == AF_INET) inet_ntop(AF_INET, &used->four.sin_addr, address, sizeof address);
  else inet_ntop(AF_INET6, &used->six.sin6_addr, address, sizeof address);
  struct bytes encoded = { 0 };
  if (tunnel->request.mode == GATE_PASS) outcome = "unread";
  if (name.length > LONGEST_NAME) name.length = LONGEST_NAME;
  if (name.length == 0) bytes_add_text(&encoded, "-");
  else bytes_add_percent_encoded(&encoded, name);
  struct slice text = bytes_held(&encoded);
  tunnel->report = must_resize(NULL, LONGEST_REPORT);
  int length = snprintf(tunnel->report, LONGEST_REPORT, "%s %s %s %s %.*s\n", tunnel->request.id, address, outcome,
    reason, (int)text.length, text.at);
  tunnel->report = must_resize(tunnel->report, (size_t)length + 1);
  free_bytes(&encoded);
  gate_reports_add(&gate->reports, tunnel->report);
}

static void close_tunnel(struct gate *gate, struct tunnel *tunnel) {
  if (tunnel->stage == TUNNEL_CLOSED) return;
  if (tunnel->stage == TUNNEL_HELD && tunnel->report == NULL) {
    report(gate, tunnel, "passed", "-", (struct slice){ "", 0 });
  }
  /* The agent has the report before Squid logs the end. */
  gate_reports_write(&gate->reports);
  tunnel->stage = TUNNEL_CLOSED;
  close_socket(&tunnel->squid);
  close_socket(&tunnel->origin);
  for (size_t index = 0; index < MOST_ADDRESSES; index += 1) close_socket(&tunnel->attempts[index]);
  return_pipe(&tunnel->up);
  return_pipe(&tunnel->down);
  set_due(gate, tunnel, INT64_MAX);
  if (tunnel->before == NULL) gate->tunnels = tunnel->next;
  else tunnel->before->next = tunnel->next;
  if (tunnel->next != NULL) tunnel->next->before = tunnel->before;
  tunnel->next = gate->closed;
  gate->closed = tunnel;
}

void free_closed_tunnels(struct gate *gate) {
  while (gate->closed != NULL) {
    struct tunnel *tunnel = gate->closed;
    gate->closed = tunnel->next;
    free_bytes(&tunnel->bytes);
    free(tunnel->report);
    free(tunnel);
  }
}

static void keep_alive(int descriptor) {
  int one = 1, idle = KEEPALIVE_IDLE_SECONDS, interval = KEEPALIVE_INTERVAL_SECONDS, count = KEEPALIVE_PROBES;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

void open_tunnel(struct gate *gate, int squid) {
  struct tunnel *tunnel = must_resize(NULL, sizeof *tunnel);
  int one = 1;
  *tunnel = (struct tunnel){ .squid = { tunnel, squid, 0 }, .origin = { tunnel, -1, 0 }, .due = INT64_MAX };
  tunnel->up = tunnel->down = NO_PIPE;
  for (size_t index = 0; index < MOST_ADDRESSES; index += 1) {
    tunnel->attempts[index] = (struct tunnel_socket){ tunnel, -1, 0 };
  }
  tunnel->next = gate->tunnels;
  if (gate->tunnels != NULL) gate->tunnels->before = tunnel;
  gate->tunnels = tunnel;
  set_due(gate, tunnel, monotonic_ms() + REQUEST_MS);
  setsockopt(squid, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (!watch(gate, &tunnel->squid, EPOLLIN)) close_tunnel(gate, tunnel);
}

static bool send_text(int descriptor, const char *text, size_t length) {
  return send(descriptor, text, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* Squid passes this answer on to the client, with its own header for the error. */
static void answer_unreachable(struct gate *gate, struct tunnel *tunnel) {
  char answer[160];
  int length = snprintf(answer, sizeof answer,
    "HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL %d\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n", tunnel->error);
  report(gate, tunnel, "passed", "-", (struct slice){ "", 0 });
  send_text(tunnel->squid.descriptor, answer, (size_t)length);
  close_tunnel(gate, tunnel);
}

static void attempt_failed(struct tunnel *tunnel, size_t index, int error) {
  close_socket(&tunnel->attempts[index]);
  tunnel->failed += 1;
  tunnel->error = error;
  tunnel->address = index;
}

/* Begins to connect to the next address; those before continue. */
static void attempt_next(struct gate *gate, struct tunnel *tunnel) {
  size_t index = tunnel->attempted;
  struct tunnel_socket *attempt = &tunnel->attempts[index];
  const struct gate_address *address = &tunnel->request.addresses[index];
  tunnel->attempted += 1;
  attempt->descriptor = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  bool begun = attempt->descriptor >= 0 &&
    (connect(attempt->descriptor, &address->any, address->length) == 0 || errno == EINPROGRESS);
  if (!begun || !watch(gate, attempt, EPOLLOUT)) attempt_failed(tunnel, index, errno);
}

/* Continues to connect: the next address after a pause, or immediately after a failure; 503 if none is left. */
static void dial(struct gate *gate, struct tunnel *tunnel) {
  size_t count = tunnel->request.address_count;
  do {
    if (tunnel->attempted < count) attempt_next(gate, tunnel);
  } while (tunnel->failed == tunnel->attempted && tunnel->attempted < count);
  if (tunnel->failed == count) {
    answer_unreachable(gate, tunnel);
    return;
  }
  set_due(gate, tunnel, monotonic_ms() + (tunnel->attempted < count ? ATTEMPT_DELAY_MS : GATE_CONNECT_MS));
}

static void update_interest(struct gate *gate, struct tunnel *tunnel) {
  const struct direction *up = &tunnel->up, *down = &tunnel->down;
  size_t waiting = tunnel->stage == TUNNEL_OPEN ? bytes_held(&tunnel->bytes).length : 0;
  bool reads_squid = !up->ended && up->held == 0 && waiting == 0;
  bool reads_origin = !down->ended && down->held == 0;
  wait_for(gate, &tunnel->squid, (reads_squid ? EPOLLIN : 0) | (down->held > 0 ? EPOLLOUT : 0));
  wait_for(gate, &tunnel->origin, (reads_origin ? EPOLLIN : 0) | (up->held + waiting > 0 ? EPOLLOUT : 0));
}

/* Writes what was held; false if the origin has gone. */
static bool write_first_bytes(struct tunnel *tunnel) {
  struct slice held = bytes_held(&tunnel->bytes);
  if (held.length == 0) return true;
  ssize_t count = send(tunnel->origin.descriptor, held.at, held.length, MSG_NOSIGNAL);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  bytes_take(&tunnel->bytes, (size_t)count);
  if (bytes_held(&tunnel->bytes).length == 0) free_bytes(&tunnel->bytes);
  return true;
}

/* Moves bytes once, and the end after them; false if one side has gone. */
static bool move_once(struct direction *direction, int from, int to) {
  if (direction->held == 0 && !direction->ended) {
    if (direction->pipe[0] < 0 && !take_pipe(&direction->pipe)) return false;
    ssize_t count = splice(from, NULL, direction->pipe[1], NULL, CHUNK, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (count == 0) direction->ended = true;
    if (count > 0) direction->held = (size_t)count;
  }
  if (direction->held > 0) {
    ssize_t count = splice(direction->pipe[0], NULL, to, NULL, direction->held, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (count > 0) direction->held -= (size_t)count;
  }
  if (direction->held > 0) return true;
  return_pipe(direction);
  if (direction->ended && !direction->shut) direction->shut = shutdown(to, SHUT_WR) == 0;
  return !direction->ended || direction->shut;
}

/* The first bytes may go to the origin. */
static void pass(struct gate *gate, struct tunnel *tunnel, const char *reason, struct slice name) {
  report(gate, tunnel, "passed", reason, name);
  tunnel->stage = TUNNEL_OPEN;
  set_due(gate, tunnel, INT64_MAX);
  if (!write_first_bytes(tunnel)) close_tunnel(gate, tunnel);
  else update_interest(gate, tunnel);
}

/* Ends the tunnel: nothing that the client sent has reached the origin. */
static void refuse(struct gate *gate, struct tunnel *tunnel, const char *reason, struct slice name, bool is_tls) {
  report(gate, tunnel, "ended", reason, name);
  gate_reports_write(&gate->reports);
  close_socket(&tunnel->origin);
  free_bytes(&tunnel->bytes);
  if (is_tls) send_text(tunnel->squid.descriptor, ALERT, sizeof ALERT);
  shutdown(tunnel->squid.descriptor, SHUT_WR);
  tunnel->stage = TUNNEL_REFUSED;
  wait_for(gate, &tunnel->squid, EPOLLIN);
  set_due(gate, tunnel, monotonic_ms() + REFUSED_MS);
}

static bool is_allowed_name(struct slice name, const char *allowed) {
  if (name.length > 0 && name.at[name.length - 1] == '.') name.length -= 1;
  return name.length == strlen(allowed) && strncasecmp(name.at, allowed, name.length) == 0;
}

/* What is wrong with a hello; NULL if nothing is. */
static const char *find_fault(struct client_hello hello, const char *allowed) {
  if (hello.kind != HELLO_READ) return "NotTLS";
  if (hello.name.length == 0) return hello.encrypted ? "NameEncrypted" : "NameMissing";
  if (is_allowed_name(hello.name, allowed)) return NULL;
  return hello.encrypted ? "NameEncrypted" : "ServerNameMismatch";
}

/* Checks what the client sent first. `incomplete`: nothing follows in time. */
static void check_hello(struct gate *gate, struct tunnel *tunnel, bool incomplete) {
  struct slice held = bytes_held(&tunnel->bytes);
  struct client_hello hello = read_client_hello(held);
  if (hello.kind == HELLO_MORE && !incomplete && held.length < LONGEST_HELLO_RECORDS) return;
  const char *fault = find_fault(hello, tunnel->request.name);
  if (fault != NULL && tunnel->request.mode == GATE_ENFORCE) {
    refuse(gate, tunnel, fault, hello.name, hello.kind == HELLO_READ);
  } else {
    pass(gate, tunnel, fault == NULL ? "-" : fault, hello.name);
  }
}

static void connected(struct gate *gate, struct tunnel *tunnel, size_t index) {
  tunnel->origin.descriptor = tunnel->attempts[index].descriptor;
  tunnel->attempts[index].descriptor = -1;
  tunnel->address = index;
  for (size_t other = 0; other < MOST_ADDRESSES; other += 1) close_socket(&tunnel->attempts[other]);
  keep_alive(tunnel->origin.descriptor);
  /* Its events refer to the attempt until now. */
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = &tunnel->origin };
  tunnel->origin.interest = EPOLLIN;
  tunnel->stage = TUNNEL_HELD;
  set_due(gate, tunnel, INT64_MAX);
  if (epoll_ctl(gate->epoll, EPOLL_CTL_MOD, tunnel->origin.descriptor, &event) != 0 ||
      !send_text(tunnel->squid.descriptor, CONNECTED, sizeof CONNECTED - 1)) {
    close_tunnel(gate, tunnel);
    return;
  }
  update_interest(gate, tunnel);
  if (tunnel->request.mode == GATE_PASS) {
    pass(gate, tunnel, "-", (struct slice){ "", 0 });
    return;
  }
  if (bytes_held(&tunnel->bytes).length == 0) free_bytes(&tunnel->bytes);
  else check_hello(gate, tunnel, false);
}

/* An attempt has succeeded or failed. */
static void attempt_ended(struct gate *gate, struct tunnel *tunnel, size_t index) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(tunnel->attempts[index].descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0) {
    connected(gate, tunnel, index);
    return;
  }
  attempt_failed(tunnel, index, error);
  if (tunnel->failed == tunnel->attempted) dial(gate, tunnel);
}

/* Reads once from Squid; 0 at its end, and -1 if nothing can be read. */
static ssize_t read_squid(struct tunnel *tunnel) {
  ssize_t count = recv(tunnel->squid.descriptor, bytes_room(&tunnel->bytes, FIRST_CHUNK), FIRST_CHUNK, 0);
  if (count > 0) bytes_grew(&tunnel->bytes, (size_t)count);
  if (count < 0 && errno != EAGAIN && errno != EINTR) return 0;
  return count;
}

static void read_request(struct gate *gate, struct tunnel *tunnel) {
  ssize_t count = read_squid(tunnel);
  struct slice held = bytes_held(&tunnel->bytes);
  const char *end = memmem(held.at, held.length, "\r\n\r\n", 4);
  if (end == NULL) {
    if (count == 0 || held.length > LONGEST_HEAD) close_tunnel(gate, tunnel);
    return;
  }
  size_t length = (size_t)(end - held.at);
  if (!parse_gate_request((struct slice){ held.at, length }, &tunnel->request)) {
    fputs("relay: the gate got a request that is not from its Squid\n", stderr);
    close_tunnel(gate, tunnel);
    return;
  }
  bytes_take(&tunnel->bytes, length + 4);
  tunnel->stage = TUNNEL_DIALLING;
  /* Nothing is read until the origin is connected. */
  wait_for(gate, &tunnel->squid, EPOLLRDHUP);
  dial(gate, tunnel);
}

/* The client sends before the hello is checked. */
static void read_first_bytes(struct gate *gate, struct tunnel *tunnel) {
  bool first = bytes_held(&tunnel->bytes).length == 0;
  ssize_t count = read_squid(tunnel);
  if (count > 0) {
    if (first) set_due(gate, tunnel, monotonic_ms() + HELLO_MS);
    check_hello(gate, tunnel, false);
  } else if (count == 0 && bytes_held(&tunnel->bytes).length > 0) {
    check_hello(gate, tunnel, true);
  } else if (count == 0) {
    /* The client has only ended its side: the origin learns of it, and may answer. */
    pass(gate, tunnel, "-", (struct slice){ "", 0 });
  }
}

static void read_refused(struct gate *gate, struct tunnel *tunnel) {
  char ignored[1 << 12];
  ssize_t count = recv(tunnel->squid.descriptor, ignored, sizeof ignored, 0);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) close_tunnel(gate, tunnel);
}

static void move_both(struct gate *gate, struct tunnel *tunnel) {
  int squid = tunnel->squid.descriptor, origin = tunnel->origin.descriptor;
  bool alive = move_once(&tunnel->down, origin, squid);
  if (alive && tunnel->stage == TUNNEL_OPEN) {
    alive = write_first_bytes(tunnel);
    if (alive && bytes_held(&tunnel->bytes).length == 0) alive = move_once(&tunnel->up, squid, origin);
  }
  if (!alive || (tunnel->up.shut && tunnel->down.shut)) {
    close_tunnel(gate, tunnel);
    return;
  }
  if (tunnel->up.shut || tunnel->down.shut) set_due(gate, tunnel, monotonic_ms() + HALF_CLOSED_MS);
  update_interest(gate, tunnel);
}

/* Whether a socket of a connected tunnel is of no more use; epoll repeats its events whatever it waits for. */
static bool is_gone(struct gate *gate, struct tunnel_socket *ready, uint32_t events) {
  if ((events & EPOLLERR) != 0) {
    close_tunnel(gate, ready->tunnel);
    return true;
  }
  if ((events & EPOLLHUP) == 0 || ready->interest != 0) return false;
  /* Both of its directions have ended, and the other socket has not taken everything yet; wait_for adds it again. */
  epoll_ctl(gate->epoll, EPOLL_CTL_DEL, ready->descriptor, NULL);
  return true;
}

void advance_tunnel(struct gate *gate, struct tunnel_socket *ready, uint32_t events) {
  struct tunnel *tunnel = ready->tunnel;
  bool from_squid = ready == &tunnel->squid;
  bool connected_before = tunnel->stage == TUNNEL_HELD || tunnel->stage == TUNNEL_OPEN;
  if (connected_before && ready->descriptor >= 0 && is_gone(gate, ready, events)) return;
  switch (tunnel->stage) {
    case TUNNEL_ASKED:
      read_request(gate, tunnel);
      return;
    case TUNNEL_DIALLING:
      if (from_squid) close_tunnel(gate, tunnel);
      else if (ready->descriptor >= 0) attempt_ended(gate, tunnel, (size_t)(ready - tunnel->attempts));
      return;
    case TUNNEL_HELD:
      if (!from_squid || tunnel->down.held > 0) move_both(gate, tunnel);
      if (from_squid && tunnel->stage == TUNNEL_HELD) read_first_bytes(gate, tunnel);
      return;
    case TUNNEL_OPEN:
      move_both(gate, tunnel);
      return;
    case TUNNEL_REFUSED:
      read_refused(gate, tunnel);
      return;
    case TUNNEL_CLOSED:
      return;
  }
}

void tunnel_due(struct gate *gate, struct tunnel *tunnel) {
  if (tunnel->stage == TUNNEL_HELD) {
    check_hello(gate, tunnel, true);
  } else if (tunnel->stage != TUNNEL_DIALLING) {
    close_tunnel(gate, tunnel);
  } else if (tunnel->attempted < tunnel->request.address_count) {
    dial(gate, tunnel);
  } else {
    tunnel->error = ETIMEDOUT;
    answer_unreachable(gate, tunnel);
  }
}
