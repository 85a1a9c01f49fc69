/*
 * What Squid starts as its children: they carry its questions and its log to the agent and outlive the agent. In C,
 * since each stands in the way of every request (docs/decisions/0027).
 */
#include "acl-relay.h"
#include "log-relay.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] = "Usage: relay acl --socket PATH [--patience-ms N] | relay log FOLDER\n";

/* Milliseconds that a question may wait for the agent, restarts included; Squid's own patience is without end. */
enum { PATIENCE = 30000 };

int main(int count, char **words) {
  /* Signals to the whole group are meant for Squid, which then closes our stdin. */
  int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
  for (size_t index = 0; index < sizeof ignored / sizeof *ignored; index += 1) signal(ignored[index], SIG_IGN);
  /* Squid goes on instead of making way for us with each line: we then find several at once. Refused, nothing is lost. */
  struct sched_param none = { 0 };
  sched_setscheduler(0, SCHED_BATCH, &none);
  if (count == 3 && strcmp(words[1], "log") == 0) return run_log_relay(words[2]);
  if ((count == 4 || count == 6) && strcmp(words[1], "acl") == 0 && strcmp(words[2], "--socket") == 0) {
    long patience = PATIENCE;
    if (count == 6 && strcmp(words[4], "--patience-ms") == 0) patience = atol(words[5]);
    if (count == 4 || patience > 0) return run_acl_relay(words[3], patience);
  }
  fputs(USAGE, stderr);
  return 2;
}
