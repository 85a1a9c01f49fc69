/*
 * A library in the process of Squid (LD_PRELOAD). It replaces functions of the C library for two tasks, which share nothing
 * but the connections: accept-limit.h limits those of a namespace, half-close.h passes the end of a client's side on to the gate.
 */
#include "accept-limit.h"
#include "addresses.h"
#include "half-close.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Connections that one call refuses; Squid finds the others of its queue in its next turn. */
enum { REFUSED_PER_CALL = 64 };

#define REPLACES(name) __asm__(name) __attribute__((visibility("default")))

/* The headers declare some of these with types that ISO C does not know: so the names are given here. */
int accept_admitted(int, struct sockaddr *, socklen_t *) REPLACES("accept");
int close_counted(int) REPLACES("close");
int connect_noted(int, const struct sockaddr *, socklen_t) REPLACES("connect");
ssize_t write_noted(int, const void *, size_t) REPLACES("write");
ssize_t read_without_end(int, void *, size_t) REPLACES("read");
int epoll_ctl_without_end(int, int, int, struct epoll_event *) REPLACES("epoll_ctl");

/* The process that accepts: Squid's children inherit the library's memory, and close their copies of its connections. */
static pid_t accepting;

int accept_admitted(int listener, struct sockaddr *address, socklen_t *length) {
  if (accepting == 0) accepting = getpid();
  for (int refused = 0; refused < REFUSED_PER_CALL; refused += 1) {
    struct sockaddr_storage peer = { 0 };
    socklen_t peer_length = sizeof peer;
    int connection = (int)syscall(SYS_accept4, listener, &peer, &peer_length, 0);
    if (connection < 0) return connection;
    struct in6_addr from;
    uint16_t port;
    if (address_of((struct sockaddr *)&peer, &from, &port)) {
      if (!accept_limit_admit(connection, &from)) {
        accept_limit_refuse(connection);
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

int close_counted(int descriptor) {
  if (accepting != 0 && getpid() == accepting) {
    half_close_closing(descriptor);
    accept_limit_closing(descriptor);
  }
  return (int)syscall(SYS_close, descriptor);
}

int connect_noted(int descriptor, const struct sockaddr *address, socklen_t length) {
  half_close_connecting(descriptor, address);
  return (int)syscall(SYS_connect, descriptor, address, length);
}

ssize_t write_noted(int descriptor, const void *bytes, size_t length) {
  ssize_t count = syscall(SYS_write, descriptor, bytes, length);
  if (count > 0) half_close_written(descriptor, bytes, (size_t)count);
  return count;
}

ssize_t read_without_end(int descriptor, void *bytes, size_t length) {
  ssize_t count = syscall(SYS_read, descriptor, bytes, length);
  if (count != 0 || length == 0 || !half_close_keeps_end(descriptor)) return count;
  errno = EAGAIN;
  return -1;
}

int epoll_ctl_without_end(int instance, int operation, int descriptor, struct epoll_event *event) {
  if (event == NULL || operation == EPOLL_CTL_DEL) {
    return (int)syscall(SYS_epoll_ctl, instance, operation, descriptor, event);
  }
  struct epoll_event awaited = half_close_awaited(instance, descriptor, *event);
  return (int)syscall(SYS_epoll_ctl, instance, operation, descriptor, &awaited);
}
