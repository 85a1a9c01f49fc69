#ifndef GATE_TUNNEL_H
#define GATE_TUNNEL_H

#include "bytes.h"
#include "gate-reports.h"
#include "gate-request.h"

#include <stdint.h>

enum tunnel_stage {
  /* Squid's request is not complete. */
  TUNNEL_ASKED,
  /* Connecting to the addresses. */
  TUNNEL_DIALLING,
  /* Connected: what the client sends first is held, and what the server sends passes. */
  TUNNEL_HELD,
  /* Everything passes. */
  TUNNEL_OPEN,
  /* Refused: waits until Squid has closed its end, so that the alert is not lost. */
  TUNNEL_REFUSED,
  TUNNEL_CLOSED,
};

struct tunnel;

struct tunnel_socket {
  struct tunnel *tunnel;
  /* -1 if there is none. */
  int descriptor;
  /* What epoll waits for. */
  uint32_t interest;
};

/* Bytes from one socket to the other, which stay in the kernel. */
struct direction {
  /* Read and write end of the pipe that has what could not be written; -1 if there is none. */
  int pipe[2];
  size_t held;
  bool ended, shut;
};

struct tunnel {
  enum tunnel_stage stage;
  struct tunnel_socket squid, origin;
  /* Connections to the addresses; -1 for one that is not tried yet, or failed. */
  struct tunnel_socket attempts[MOST_ADDRESSES];
  size_t attempted, failed;
  /* The address of the origin, or the last one that failed. */
  size_t address;
  /* The error of the last failed attempt. */
  int error;
  /* Monotonic milliseconds at which something has to be done; INT64_MAX if nothing has. */
  int64_t due;
  struct tunnel *timed_before, *timed_next, *before, *next;
  struct gate_request request;
  /* The request, then what the client sent first. */
  struct bytes bytes;
  struct direction up, down;
  /* The report to the agent, which a restarted agent gets again; NULL if there is none yet. */
  char *report;
};

struct gate {
  int epoll;
  struct tunnel *tunnels, *timed, *closed;
  struct gate_reports reports;
};

/* Takes over a connection from Squid. */
void open_tunnel(struct gate *gate, int squid);

/* `events` of epoll on a socket of its tunnel. */
void advance_tunnel(struct gate *gate, struct tunnel_socket *ready, uint32_t events);

/* The time of `due` has come. */
void tunnel_due(struct gate *gate, struct tunnel *tunnel);

/* Frees the closed tunnels, to which no event refers any more. */
void free_closed_tunnels(struct gate *gate);

#endif
