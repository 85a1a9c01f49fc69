#include "log-relay.h"

#include "bytes.h"
#include "clock.h"
#include "parent-start.h"
#include "segments.h"
#include "timing.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* First word of the record of missing lines. A line of the log begins with a digit. */
static const char LOST_RECORD[] = "!lost ";
/* First word of the record with which a Squid begins, before any line of its own. Squid's start follows. */
static const char START_RECORD[] = "!start ";

enum {
  CHUNK = 1 << 16,
  /* Milliseconds between two measurements of the folder while the log is full. */
  MEASURE_AFTER = 250,
  /* Milliseconds between two checks for lost lines and for the age of the segment. */
  TICK = 1000,
};

struct log {
  struct segments segments;
  /* Whether there is a segment to append to. */
  bool begun;
  int64_t begun_at;
  /* Bytes of all segments: the last measurement and what was written since. */
  uint64_t held;
  int64_t measured_at;
  /* When Squid was started: milliseconds since the epoch. */
  int64_t started_at;
  bool start_written;
  /* Lines without a record of their loss. */
  unsigned long long lost;
  /* Lines that are not written yet. */
  struct bytes batch;
  unsigned long long batch_lines;
};

static void seal(struct log *log) {
  log->begun = segments_begin(&log->segments);
  log->begun_at = monotonic_ms();
}

static bool is_full(const struct log *log, size_t more) {
  if (!log->begun || log->segments.file_bytes == 0) return false;
  return log->segments.file_bytes + more > SEGMENT_BYTES || monotonic_ms() - log->begun_at > SEGMENT_AGE_MS;
}

static bool write_text(struct log *log, struct slice text) {
  if (!log->begun || is_full(log, text.length)) seal(log);
  if (!log->begun || !segments_append(&log->segments, text)) return false;
  log->held += text.length;
  return true;
}

static bool fits(struct log *log, size_t more) {
  /* Read each time: the agent may change it. */
  uint64_t cap = segments_cap(&log->segments);
  if (log->held + more > cap && monotonic_ms() - log->measured_at >= MEASURE_AFTER) {
    log->measured_at = monotonic_ms();
    log->held = segments_held(&log->segments);
  }
  return log->held + more <= cap;
}

/* Writes the record of lost lines, even above the cap. */
static bool write_loss(struct log *log) {
  char record[48];
  if (log->lost == 0) return true;
  int length = snprintf(record, sizeof record, "%s%llu\n", LOST_RECORD, log->lost);
  if (!write_text(log, (struct slice){ record, (size_t)length })) return false;
  log->lost = 0;
  return true;
}

/* Tells the agent that the Squid before this one has ended, so that no line of it follows. Written above the cap too. */
static bool write_start(struct log *log) {
  char record[48];
  if (log->start_written) return true;
  int length = snprintf(record, sizeof record, "%s%lld\n", START_RECORD, (long long)log->started_at);
  log->start_written = write_text(log, (struct slice){ record, (size_t)length });
  return log->start_written;
}

static void flush(struct log *log) {
  struct slice text = bytes_held(&log->batch);
  if (text.length == 0) return;
  bool written = write_start(log) && fits(log, text.length) && write_loss(log) && write_text(log, text);
  if (!written) log->lost += log->batch_lines;
  bytes_clear(&log->batch);
  log->batch_lines = 0;
}

static void tick(struct log *log) {
  if (write_start(log)) write_loss(log);
  if (is_full(log, 0)) seal(log);
}

/*
 * Carries out a command of Squid's: a letter and, for some, a value (Squid 5, src/log/ModDaemon.cc and
 * src/log/file/log_file_daemon.cc). T (truncate), O (reopen), F (flush), r (old files to keep) and b (buffering) have
 * no meaning for segments.
 */
static void execute(struct log *log, struct slice command) {
  char letter = command.length == 0 ? '\0' : command.at[0];
  if (letter == 'L') {
    bytes_add(&log->batch, (struct slice){ command.at + 1, command.length - 1 });
    bytes_add_text(&log->batch, "\n");
    log->batch_lines += 1;
  } else if (letter == 'R') {
    flush(log);
    seal(log);
  } else if (letter == '\0' || strchr("TOFrb", letter) == NULL) {
    fprintf(stderr, "relay: unknown log command %.*s\n", (int)command.length, command.at);
  }
}

int run_log_relay(const char *folder) {
  static struct log log;
  static struct bytes commands;
  int64_t ticked_at = monotonic_ms();
  if (!segments_open(&log.segments, folder)) {
    fprintf(stderr, "relay: %s: %s\n", folder, strerror(errno));
    return 1;
  }
  log.held = segments_held(&log.segments);
  log.started_at = parent_started_at();
  seal(&log);
  write_start(&log);
  for (;;) {
    struct pollfd polled = { .fd = STDIN_FILENO, .events = POLLIN };
    int ready = poll(&polled, 1, TICK);
    if (ready > 0) {
      ssize_t count = read(STDIN_FILENO, bytes_room(&commands, CHUNK), CHUNK);
      if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) break;
      struct slice command;
      if (count > 0) bytes_grew(&commands, (size_t)count);
      while (bytes_take_line(&commands, &command)) execute(&log, command);
      flush(&log);
    }
    if (monotonic_ms() - ticked_at < TICK) continue;
    ticked_at = monotonic_ms();
    tick(&log);
  }
  tick(&log);
  return 0;
}
