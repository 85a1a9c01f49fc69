#include "log-relay.h"

#include "bytes.h"
#include "clock.h"
#include "segments.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Begins the record that stands where lines are missing; a line of the log begins with a digit. */
static const char LOST_RECORD[] = "!lost ";

enum {
  CHUNK = 1 << 16,
  /* Bytes after which a segment is full. */
  SEGMENT_BYTES = 1 << 20,
  /* Milliseconds after which a segment is closed, so that what is printed can be deleted. */
  SEGMENT_AGE = 30000,
  /* Milliseconds between two looks at the disk while the log is full. */
  LOOK_AGAIN = 250,
  /* Milliseconds between two looks at what has been lost and how old the segment is. */
  TICK = 1000,
};

struct log {
  struct segments segments;
  bool begun;
  int64_t begun_at;
  /* Bytes of all segments, as of the last look and what was written since. */
  uint64_t held;
  int64_t looked_at;
  unsigned long long lost;
  /* Lines that are read and not written yet. */
  struct bytes batch;
  unsigned long long batch_lines;
};

static void seal(struct log *log) {
  log->begun = segments_begin(&log->segments);
  log->begun_at = monotonic_ms();
}

static bool is_full(const struct log *log, size_t more) {
  if (!log->begun || log->segments.file_bytes == 0) return false;
  return log->segments.file_bytes + more > SEGMENT_BYTES || monotonic_ms() - log->begun_at > SEGMENT_AGE;
}

static bool write_text(struct log *log, struct slice text) {
  if (!log->begun || is_full(log, text.length)) seal(log);
  if (!log->begun || !segments_append(&log->segments, text)) return false;
  log->held += text.length;
  return true;
}

static bool fits(struct log *log, size_t more) {
  /* Each time: the agent may have changed it. */
  uint64_t cap = segments_cap(&log->segments);
  if (log->held + more > cap && monotonic_ms() - log->looked_at >= LOOK_AGAIN) {
    log->looked_at = monotonic_ms();
    log->held = segments_held(&log->segments);
  }
  return log->held + more <= cap;
}

/* Says what is missing, in the place where it is missing, cap or not. */
static bool write_loss(struct log *log) {
  char record[48];
  if (log->lost == 0) return true;
  int length = snprintf(record, sizeof record, "%s%llu\n", LOST_RECORD, log->lost);
  if (!write_text(log, (struct slice){ record, (size_t)length })) return false;
  log->lost = 0;
  return true;
}

static void flush(struct log *log) {
  struct slice text = bytes_held(&log->batch);
  if (text.length == 0) return;
  bool written = fits(log, text.length) && write_loss(log) && write_text(log, text);
  if (!written) log->lost += log->batch_lines;
  bytes_clear(&log->batch);
  log->batch_lines = 0;
}

static void tick(struct log *log) {
  write_loss(log);
  if (is_full(log, 0)) seal(log);
}

/*
 * A letter and, for some, a value (Squid 5, src/log/ModDaemon.cc and src/log/file/log_file_daemon.cc). Truncate, reopen,
 * flush, the number of old files to keep, buffering: nothing of it concerns segments.
 */
static void obey(struct log *log, struct slice command) {
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
  seal(&log);
  for (;;) {
    struct pollfd polled = { .fd = STDIN_FILENO, .events = POLLIN };
    int ready = poll(&polled, 1, TICK);
    if (ready > 0) {
      ssize_t count = read(STDIN_FILENO, bytes_room(&commands, CHUNK), CHUNK);
      if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) break;
      struct slice command;
      if (count > 0) bytes_grew(&commands, (size_t)count);
      while (bytes_take_line(&commands, &command)) obey(&log, command);
      flush(&log);
    }
    if (monotonic_ms() - ticked_at < TICK) continue;
    ticked_at = monotonic_ms();
    tick(&log);
  }
  tick(&log);
  return 0;
}
