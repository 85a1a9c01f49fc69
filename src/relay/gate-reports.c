#include "gate-reports.h"

#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char PREAMBLE[] = "gate 1\n";

enum {
  /* Milliseconds between attempts to connect, and to write to an agent that does not read. */
  PAUSE = 250,
  /* Bytes that wait for the agent, of some 100 for a tunnel. */
  MOST_WAITING = 1 << 22,
};

bool gate_reports_begin(struct gate_reports *reports, const char *socket_path) {
  *reports = (struct gate_reports){ .socket_path = socket_path, .agent = -1 };
  return strlen(socket_path) < sizeof((struct sockaddr_un *)NULL)->sun_path;
}

void gate_reports_add(struct gate_reports *reports, const char *line) {
  if (bytes_held(&reports->lines).length < MOST_WAITING) bytes_add_text(&reports->lines, line);
}

static void lose_agent(struct gate_reports *reports) {
  if (reports->agent >= 0) close(reports->agent);
  reports->agent = -1;
  reports->connect_at = monotonic_ms() + PAUSE;
  struct slice line;
  if (reports->has_begun) bytes_take_line(&reports->lines, &line);
  reports->has_begun = false;
}

bool gate_reports_connect(struct gate_reports *reports) {
  if (reports->agent >= 0 || monotonic_ms() < reports->connect_at) return false;
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  strcpy(address.sun_path, reports->socket_path);
  reports->agent = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (reports->agent < 0 || connect(reports->agent, (struct sockaddr *)&address, sizeof address) != 0 ||
      write(reports->agent, PREAMBLE, sizeof PREAMBLE - 1) != (ssize_t)(sizeof PREAMBLE - 1)) {
    lose_agent(reports);
    return false;
  }
  return true;
}

void gate_reports_write(struct gate_reports *reports) {
  char ignored;
  if (reports->agent < 0) return;
  /* The agent writes nothing: what can be read is its end. */
  ssize_t count = recv(reports->agent, &ignored, 1, MSG_DONTWAIT);
  bool open = count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
  while (open && bytes_held(&reports->lines).length > 0) {
    struct slice held = bytes_held(&reports->lines);
    count = write(reports->agent, held.at, held.length);
    if (count < 0 && errno == EAGAIN) return;
    open = count > 0 || errno == EINTR;
    if (count <= 0) continue;
    reports->has_begun = held.at[count - 1] != '\n';
    bytes_take(&reports->lines, (size_t)count);
  }
  if (!open) lose_agent(reports);
}

int64_t gate_reports_due(const struct gate_reports *reports) {
  if (reports->agent < 0) return reports->connect_at;
  return bytes_held(&reports->lines).length > 0 ? monotonic_ms() + PAUSE : INT64_MAX;
}
