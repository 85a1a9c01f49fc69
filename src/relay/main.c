/*
 * The processes beside Squid: its children, which pass its ACL requests and its log to the agent, and the gate, which
 * opens its tunnels. They outlive the agent. They are written
 * in C because every request waits for them (docs/decisions/0027).
 *
 * The tests of this folder compile it with the compiler's checks of memory and undefined behaviour
 * (scripts/build/build-relay.ts).
 */
#include "acl-relay.h"
#include "bytes.h"
#include "gate.h"
#include "log-relay.h"
#include "timing.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] = "Usage: relay acl --socket PATH [--patience-ms N] | relay log FOLDER | relay gate --socket PATH --port N\n";

int main(int count, char **words) {
  /* Signals to the process group are for Squid, which ends us by closing stdin. */
  int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
  for (size_t index = 0; index < sizeof ignored / sizeof *ignored; index += 1) signal(ignored[index], SIG_IGN);
  /* Batch: a line from Squid does not preempt it, so that we read several lines together. A failure is harmless. */
  struct sched_param none = { 0 };
  sched_setscheduler(0, SCHED_BATCH, &none);
  if (count == 3 && strcmp(words[1], "log") == 0) return run_log_relay(words[2]);
  if ((count == 4 || count == 6) && strcmp(words[1], "acl") == 0 && strcmp(words[2], "--socket") == 0) {
    long patience = RELAY_PATIENCE_MS;
    if (count == 6 && strcmp(words[4], "--patience-ms") == 0) patience = atol(words[5]);
    if (count == 4 || patience > 0) return run_acl_relay(words[3], patience);
  }
  if (count == 6 && strcmp(words[1], "gate") == 0 && strcmp(words[2], "--socket") == 0 &&
      strcmp(words[4], "--port") == 0) {
    unsigned long long port;
    if (slice_to_number((struct slice){ words[5], strlen(words[5]) }, &port) && port <= 65535) {
      return run_gate(words[3], port);
    }
  }
  fputs(USAGE, stderr);
  return 2;
}
