#ifndef GATE_REPORTS_H
#define GATE_REPORTS_H

#include "bytes.h"

#include <stdint.h>

/* The gate's lines for the agent. They wait while there is no agent. */
struct gate_reports {
  const char *socket_path;
  /* -1 without a connection. */
  int agent;
  /* When to connect next: monotonic milliseconds. */
  int64_t connect_at;
  struct bytes lines;
  /* The agent has the beginning of the first line. */
  bool has_begun;
};

/* False if the path is too long. */
bool gate_reports_begin(struct gate_reports *reports, const char *socket_path);

/* Adds a line, with its end. It is dropped if too many wait. */
void gate_reports_add(struct gate_reports *reports, const char *line);

/* Connects when that is due; true if a new connection begins, which knows nothing yet. */
bool gate_reports_connect(struct gate_reports *reports);

/* Writes what the agent accepts, and notices that it has gone. */
void gate_reports_write(struct gate_reports *reports);

/* When connecting or writing is due again: monotonic milliseconds. */
int64_t gate_reports_due(const struct gate_reports *reports);

#endif
