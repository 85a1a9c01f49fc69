#ifndef LEASE_H
#define LEASE_H

#include "acl-request.h"
#include "bytes.h"
#include "lease-cache.h"

#include <stdint.h>

/* The agent's line `lease NUMBER REVISION MS CHANNEL ID NOTES` after its first word. */
struct lease_line {
  unsigned long long number, revision, ms, channel;
  struct slice id;
  /* They begin with a space unless they are empty. */
  struct slice notes;
};

/* False for a malformed line. */
bool lease_line_parse(struct slice rest, struct lease_line *line);

/*
 * `reuse` lines that were not sent yet. They wait for REUSE_REPORT_MS: many reports share one turn of the agent's event
 * loop, and the audit lines of short requests come first, so that the agent opens no tunnel for them.
 */
struct reuse_reports {
  struct bytes lines;
  /* When the first of them was added: monotonic milliseconds. */
  int64_t since;
};

/* Reports that the decision `id`, which was answered by this lease, is for the client's port. */
void reuse_reports_add(struct reuse_reports *reports, const struct lease *lease, struct slice id, struct slice port);

/* When the reports have to be sent, in monotonic milliseconds; INT64_MAX if there are none. */
int64_t reuse_reports_due(const struct reuse_reports *reports);

/* Appends all reports to `out`. */
void reuse_reports_move(struct reuse_reports *reports, struct bytes *out);

#endif
