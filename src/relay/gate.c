#include "gate.h"

#include "clock.h"
#include "gate-tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The gate opens tunnels for Squid and compares the server name of the first ClientHello with the name that was allowed
 * (docs/decisions/0050). It is Squid's parent for these tunnels:
 *
 *   CONNECT HOST:PORT HTTP/1.1
 *   X-Kube-Egress-Gate: ID MODE NAME ADDRESSES   the decision, `pass`, `report` or `enforce`, the name that was
 *                                                allowed, and the addresses that the agent allowed, separated by
 *                                                commas
 *
 * The gate connects to one of these addresses only, and resolves no name. It answers 200 once it is connected, or 503.
 * It writes one line for each tunnel to the agent, whose side is src/agent/gate:
 *
 *   ID ADDRESS passed REASON NAME                as it begins, or at its end if the client sent nothing; REASON is what
 *   ID ADDRESS ended REASON NAME                 is wrong, or `-`; NAME is the server name, percent-encoded, or `-`
 *   ID ADDRESS unread - -                        with `pass`
 */

enum { EVENTS = 256, BACKLOG = 4096, ACCEPTED_PER_TURN = 64, PAUSE_WITHOUT_DESCRIPTORS = 100 };

static int listen_on(unsigned long long port) {
  int one = 1;
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((in_port_t)port) };
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) return -1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  bool listens = bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, BACKLOG) == 0;
  if (!listens) close(listener);
  return listens ? listener : -1;
}

static void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/* False if no descriptor is left: the connections wait in the kernel's queue. */
static bool accept_some(struct gate *gate, int listener) {
  for (int count = 0; count < ACCEPTED_PER_TURN; count += 1) {
    int squid = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (squid >= 0) open_tunnel(gate, squid);
    else return errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS;
  }
  return true;
}

static void run_due(struct gate *gate) {
  int64_t now = monotonic_ms();
  struct tunnel *next;
  for (struct tunnel *tunnel = gate->timed; tunnel != NULL; tunnel = next) {
    next = tunnel->timed_next;
    if (tunnel->due <= now) tunnel_due(gate, tunnel);
  }
}

/* Milliseconds until something is due; -1 if nothing ever is. */
static int next_due(const struct gate *gate) {
  int64_t due = gate_reports_due(&gate->reports);
  for (const struct tunnel *tunnel = gate->timed; tunnel != NULL; tunnel = tunnel->timed_next) {
    if (tunnel->due < due) due = tunnel->due;
  }
  if (due == INT64_MAX) return -1;
  int64_t left = due - monotonic_ms();
  return left < 0 ? 0 : (int)left;
}

/* A new agent learns of the open tunnels again. */
static void report_all(struct gate *gate) {
  for (struct tunnel *tunnel = gate->tunnels; tunnel != NULL; tunnel = tunnel->next) {
    if (tunnel->report != NULL) gate_reports_add(&gate->reports, tunnel->report);
  }
}

static void talk_to_agent(struct gate *gate) {
  struct epoll_event wake = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = &gate->reports };
  if (gate_reports_connect(&gate->reports)) {
    report_all(gate);
    epoll_ctl(gate->epoll, EPOLL_CTL_ADD, gate->reports.agent, &wake);
  }
  gate_reports_write(&gate->reports);
}

static void turn(struct gate *gate, int listener) {
  struct epoll_event events[EVENTS];
  int count = epoll_wait(gate->epoll, events, EVENTS, next_due(gate));
  for (int index = 0; index < count; index += 1) {
    void *ready = events[index].data.ptr;
    if (ready == gate) {
      if (!accept_some(gate, listener)) poll(NULL, 0, PAUSE_WITHOUT_DESCRIPTORS);
    } else if (ready != &gate->reports) {
      advance_tunnel(gate, ready, events[index].events);
    }
  }
  run_due(gate);
  talk_to_agent(gate);
  free_closed_tunnels(gate);
}

int run_gate(const char *socket_path, unsigned long long port) {
  static struct gate gate;
  signal(SIGTERM, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  raise_descriptor_limit();
  gate.epoll = epoll_create1(EPOLL_CLOEXEC);
  int listener = listen_on(port);
  struct epoll_event accepting = { .events = EPOLLIN, .data.ptr = &gate };
  if (!gate_reports_begin(&gate.reports, socket_path) || listener < 0 || gate.epoll < 0 ||
      epoll_ctl(gate.epoll, EPOLL_CTL_ADD, listener, &accepting) != 0) {
    perror("relay: the gate cannot listen");
    return 1;
  }
  for (;;) turn(&gate, listener);
}
