#include "half-close.h"

#include "addresses.h"
#include "descriptors.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  PORTS = 65536,
  /* The first byte of a TLS record with a handshake, RFC 8446, 5.1. */
  TLS_HANDSHAKE = 22,
};

static const char CLIENT_HEADER[] = "\r\nX-Kube-Egress-Client: ";
static const char HEAD_END[] = "\r\n\r\n";

enum kind { OTHER, CLIENT, TO_GATE };

/* What Squid has written to the gate. */
enum written { NOTHING, REQUEST, FIRST_BYTES };

struct connection {
  enum kind kind;
  /* The client of a connection to the gate, or the reverse; 0 if there is none, since no connection has descriptor 0. */
  int linked;
  /* Of a client. */
  struct in6_addr address;
  uint16_t port;
  /* Another client with this port; 0 if there is none. */
  int next;
  /* What Squid waits for. */
  struct epoll_event interest;
  /* Its end was kept from Squid. */
  bool has_ended;
  /* Of a connection to the gate. */
  enum written written;
  bool is_tls;
  /* Squid's side of it was shut. */
  bool is_shut;
  /* Squid has read its end. */
  bool is_read;
};

static struct connection connections[DESCRIPTORS];
/* A client by its port. */
static int clients[PORTS];
/* Squid has one. */
static int epoll = -1;

static struct connection *connection_of(int descriptor) {
  return descriptor > 0 && descriptor < DESCRIPTORS ? &connections[descriptor] : NULL;
}

static struct connection *of_kind(int descriptor, enum kind kind) {
  struct connection *connection = connection_of(descriptor);
  return connection != NULL && connection->kind == kind ? connection : NULL;
}

/* 0 without a gate. */
static uint16_t gate_port(void) {
  static int port = -1;
  if (port < 0) {
    const char *text = getenv("HALF_CLOSE_GATE_PORT");
    long number = text == NULL ? 0 : strtol(text, NULL, 10);
    port = number > 0 && number < PORTS ? (int)number : 0;
  }
  return (uint16_t)port;
}

void half_close_accepted(int descriptor, const struct in6_addr *address, uint16_t port) {
  struct connection *client = connection_of(descriptor);
  if (client == NULL || gate_port() == 0) return;
  *client = (struct connection){ .kind = CLIENT, .address = *address, .port = port, .next = clients[port] };
  clients[port] = descriptor;
}

static int find_client(const struct in6_addr *address, uint16_t port) {
  for (int client = clients[port]; client != 0; client = connections[client].next) {
    if (memcmp(&connections[client].address, address, sizeof *address) == 0) return client;
  }
  return 0;
}

static void forget_client(int descriptor, struct connection *client) {
  int *place = &clients[client->port];
  while (*place != 0 && *place != descriptor) place = &connections[*place].next;
  if (*place == descriptor) *place = client->next;
}

static bool wait_for(int descriptor, struct epoll_event event) {
  return syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_MOD, descriptor, &event) == 0;
}

/* What the kernel is asked for: the end of a client makes it readable forever. */
static struct epoll_event without_end(const struct connection *client) {
  struct epoll_event event = client->interest;
  if (client->has_ended) event.events &= ~(uint32_t)EPOLLIN;
  return event;
}

/* The gate has got the end of Squid's side, and would not notice that Squid has gone: its connection is reset. */
static void reset_at_close(int descriptor) {
  struct linger at_once = { .l_onoff = 1 };
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void half_close_closing(int descriptor) {
  struct connection *connection = connection_of(descriptor);
  if (connection == NULL || connection->kind == OTHER) return;
  if (connection->is_shut && !connection->is_read) reset_at_close(descriptor);
  if (connection->kind == CLIENT) forget_client(descriptor, connection);
  struct connection *other = of_kind(connection->linked, connection->kind == CLIENT ? TO_GATE : CLIENT);
  if (other != NULL) {
    other->linked = 0;
    /* Without its tunnel, Squid learns of the client's end after all. */
    if (other->has_ended) {
      other->has_ended = false;
      wait_for(connection->linked, other->interest);
    }
  }
  *connection = (struct connection){ .kind = OTHER };
}

/* The client that the head of a request to the gate names; 0 if it names none. */
static int client_in(const char *head, size_t length) {
  char text[INET6_ADDRSTRLEN + sizeof " 65535"];
  const char *header = memmem(head, length, CLIENT_HEADER, sizeof CLIENT_HEADER - 1);
  if (header == NULL) return 0;
  const char *value = header + sizeof CLIENT_HEADER - 1;
  const char *end = memchr(value, '\r', length - (size_t)(value - head));
  if (end == NULL || (size_t)(end - value) >= sizeof text) return 0;
  memcpy(text, value, (size_t)(end - value));
  text[end - value] = '\0';
  char *space = strchr(text, ' ');
  if (space == NULL) return 0;
  *space = '\0';
  unsigned long port = strtoul(space + 1, NULL, 10);
  struct sockaddr_in four = { .sin_family = AF_INET };
  struct in6_addr address;
  uint16_t unused;
  if (inet_pton(AF_INET, text, &four.sin_addr) == 1) address_of((struct sockaddr *)&four, &address, &unused);
  else if (inet_pton(AF_INET6, text, &address) != 1) return 0;
  return port > 0 && port < PORTS ? find_client(&address, (uint16_t)port) : 0;
}

/* A head that the kernel did not take as a whole links nothing. */
static void link_client(int descriptor, struct connection *to_gate, const char *head, size_t length) {
  const size_t end = sizeof HEAD_END - 1;
  if (length < end || memcmp(head + length - end, HEAD_END, end) != 0) return;
  struct connection *client = of_kind(client_in(head, length), CLIENT);
  if (client == NULL || client->linked != 0) return;
  client->linked = descriptor;
  to_gate->linked = (int)(client - connections);
}

void half_close_written(int descriptor, const char *bytes, size_t count) {
  struct connection *to_gate = of_kind(descriptor, TO_GATE);
  if (to_gate == NULL) return;
  if (to_gate->written == NOTHING) {
    to_gate->written = REQUEST;
    link_client(descriptor, to_gate, bytes, count);
  } else if (to_gate->written == REQUEST) {
    to_gate->written = FIRST_BYTES;
    to_gate->is_tls = bytes[0] == TLS_HANDSHAKE;
  }
}

/* Passes the end of a client on to the gate; false if Squid has to see it. */
static bool keep_end(int descriptor, struct connection *client) {
  struct connection *to_gate = of_kind(client->linked, TO_GATE);
  /* After its end a client is read again only when it has gone. */
  if (to_gate == NULL || to_gate->is_tls || client->has_ended) return false;
  client->has_ended = true;
  to_gate->is_shut = wait_for(descriptor, without_end(client)) && shutdown(client->linked, SHUT_WR) == 0;
  client->has_ended = to_gate->is_shut;
  return to_gate->is_shut;
}

bool half_close_keeps_end(int descriptor) {
  struct connection *to_gate = of_kind(descriptor, TO_GATE);
  if (to_gate != NULL) to_gate->is_read = true;
  struct connection *client = of_kind(descriptor, CLIENT);
  return client != NULL && keep_end(descriptor, client);
}

void half_close_connecting(int descriptor, const struct sockaddr *address) {
  static const struct in6_addr loopback = { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1 } } };
  struct connection *connection = connection_of(descriptor);
  struct in6_addr to;
  uint16_t port;
  if (connection == NULL || gate_port() == 0 || !address_of(address, &to, &port)) return;
  if (port != gate_port() || memcmp(&to, &loopback, sizeof to) != 0) return;
  half_close_closing(descriptor);
  *connection = (struct connection){ .kind = TO_GATE };
}

struct epoll_event half_close_awaited(int instance, int descriptor, struct epoll_event event) {
  struct connection *client = of_kind(descriptor, CLIENT);
  if (client == NULL) return event;
  epoll = instance;
  client->interest = event;
  return without_end(client);
}
