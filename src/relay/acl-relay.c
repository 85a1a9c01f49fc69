#include "acl-relay.h"

#include "bytes.h"
#include "clock.h"
#include "kept-answers.h"
#include "questions.h"
#include "version-file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * The lines between relay and agent; the other end is src/agent/question.
 *
 *   acl 2                                          the relay's first
 *   CHANNEL SOURCE PORT REST                       Squid's question, as it came
 *   again NUMBER ID PORT TIME                      a kept answer was given again: as ID, to the client's PORT, at TIME
 *                                                  (milliseconds since the epoch)
 *
 *   CHANNEL ANSWER                                 for Squid, as it stands
 *   keep NUMBER VERSION MS CHANNEL ID NOTES        an allow with these notes, that may be given again to whoever asks
 *                                                  the same, for MS milliseconds since the question and as long as
 *                                                  VERSION is the agent's
 */
static const char PREAMBLE[] = "acl 2\n";
static const char ALLOW[] = " OK verdict=allow id=";
static const char UNAVAILABLE[] =
  "AgentUnavailable%3A%20the%20egress%20agent%20beside%20this%20proxy%20gave%20no%20answer%20in%20time%3B%20try%20again"
  "%2C%20and%20tell%20the%20operator%20of%20the%20proxy%20if%20it%20stays%20(id%20";

enum {
  CHUNK = 1 << 16,
  /* Milliseconds between attempts to reach the agent: first and longest. */
  FIRST_PAUSE = 10,
  LONGEST_PAUSE = 250,
  /*
   * Milliseconds until the agent is told what was answered for it: many in one turn of its event loop, and behind the
   * audit line of what was short, so that nothing has to be opened for it.
   */
  TELL_AFTER = 250,
  /* Bytes of that: as many are told at once; with so many on their way to an agent that does not read, it is asked. */
  TELL_AT = 1 << 15,
  TELL_MOST = 1 << 20,
};

enum { SQUID_IN, SQUID_OUT, AGENT, POLLED };

struct relay {
  const char *socket_path;
  char *version_path;
  int64_t patience;
  /* -1 while there is no connection: none before the first question, so that the agent knows a Squid that starts. */
  int agent;
  bool is_asked;
  bool connecting;
  int64_t connect_at;
  int pause;
  bool ended;
  struct bytes from_squid, to_squid, from_agent, to_agent, told;
  /* When the first of what is to be told was answered. */
  int64_t told_since;
  struct questions questions;
  struct kept_answers kept;
  struct version_file version;
  char run[11];
  unsigned long long count;
};

/* Identifiers that no other relay or agent gives: the run in hexadecimal, r, and a count to the base of 36. */
static void begin_ids(struct relay *relay) {
  unsigned char random[5];
  if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
    fputs("relay: no random bytes\n", stderr);
    exit(1);
  }
  for (size_t index = 0; index < sizeof random; index += 1) {
    snprintf(relay->run + 2 * index, 3, "%02x", random[index]);
  }
}

static struct slice next_id(struct relay *relay, char (*room)[32]) {
  char digits[16];
  size_t at = sizeof digits;
  unsigned long long rest = relay->count++;
  do digits[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % 36];
  while ((rest /= 36) > 0);
  int length = snprintf(*room, sizeof *room, "%s-r%.*s", relay->run, (int)(sizeof digits - at), digits + at);
  return (struct slice){ *room, (size_t)length };
}

static void add_number(struct bytes *bytes, unsigned long long number) {
  char text[24];
  int length = snprintf(text, sizeof text, "%llu", number);
  bytes_add(bytes, (struct slice){ text, (size_t)length });
}

/* `CHANNEL SOURCE PORT REST`, as Squid writes it. */
struct parts {
  struct slice channel, port;
  struct asked asked;
};

static struct parts parts_of(struct slice line) {
  struct parts parts;
  parts.channel = slice_take_word(&line);
  parts.asked.source = slice_take_word(&line);
  parts.port = slice_take_word(&line);
  parts.asked.rest = line;
  return parts;
}

static void allow(struct relay *relay, unsigned long long channel, struct slice id, struct slice notes) {
  add_number(&relay->to_squid, channel);
  bytes_add_text(&relay->to_squid, ALLOW);
  bytes_add(&relay->to_squid, id);
  bytes_add(&relay->to_squid, notes);
  bytes_add_text(&relay->to_squid, "\n");
}

/* Answers for the agent, and notes down to tell it. */
static void repeat(
  struct relay *relay, unsigned long long channel, const struct kept_answer *answer, struct slice port) {
  char room[32];
  struct slice id = next_id(relay, &room);
  allow(relay, channel, id, kept_notes(answer));
  struct bytes *told = &relay->told;
  if (bytes_held(told).length == 0) relay->told_since = monotonic_ms();
  bytes_add_text(told, "again ");
  add_number(told, answer->number);
  bytes_add_text(told, " ");
  bytes_add(told, id);
  bytes_add_text(told, " ");
  bytes_add(told, port);
  bytes_add_text(told, " ");
  add_number(told, (unsigned long long)epoch_ms());
  bytes_add_text(told, "\n");
}

static void send_question(struct relay *relay, struct slice line) {
  bytes_add(&relay->to_agent, line);
  bytes_add_text(&relay->to_agent, "\n");
}

static bool may_repeat(const struct relay *relay) {
  return relay->agent >= 0 && bytes_held(&relay->told).length + bytes_held(&relay->to_agent).length < TELL_MOST;
}

static void take_question(struct relay *relay, struct slice line) {
  struct parts parts = parts_of(line);
  unsigned long long channel;
  /* Nobody could be answered. */
  if (!slice_to_number(parts.channel, &channel)) return;
  relay->is_asked = true;
  int64_t now = monotonic_ms();
  uint64_t version = may_repeat(relay) ? version_file_read(&relay->version) : 0;
  const struct kept_answer *answer = version == 0 ? NULL : kept_find(&relay->kept, parts.asked, version, now);
  if (answer != NULL) {
    repeat(relay, channel, answer, parts.port);
    return;
  }
  questions_add(&relay->questions, channel, line, now);
  if (relay->agent >= 0 && !relay->connecting) send_question(relay, line);
}

/* What stands behind `keep`. */
static void take_kept(struct relay *relay, struct slice rest) {
  unsigned long long number, version, lasts, channel;
  bool read = slice_to_number(slice_take_word(&rest), &number) && slice_to_number(slice_take_word(&rest), &version) &&
    slice_to_number(slice_take_word(&rest), &lasts) && slice_to_number(slice_take_word(&rest), &channel);
  if (!read) return;
  struct slice id = slice_take_word(&rest);
  struct question *question = questions_take(&relay->questions, channel);
  if (question == NULL) return;
  /* The notes with the space in front of them. */
  struct slice notes = rest.length == 0 ? rest : (struct slice){ rest.at - 1, rest.length + 1 };
  allow(relay, channel, id, notes);
  struct asked asked = parts_of((struct slice){ question->line, question->length }).asked;
  struct kept_terms terms = { version, question->asked_at + (int64_t)lasts, number };
  kept_put(&relay->kept, asked, notes, terms);
  free(question);
}

static void take_answer(struct relay *relay, struct slice line) {
  struct slice rest = line;
  struct slice first = slice_take_word(&rest);
  unsigned long long channel;
  relay->pause = FIRST_PAUSE;
  if (slice_is(first, "keep")) {
    take_kept(relay, rest);
  } else if (slice_to_number(first, &channel)) {
    struct question *question = questions_take(&relay->questions, channel);
    if (question == NULL) return;
    bytes_add(&relay->to_squid, line);
    bytes_add_text(&relay->to_squid, "\n");
    free(question);
  }
}

/* Squid decodes unquoted values, and an answer of ERR would lose its notes, so a refusal is OK too. */
static void refuse(struct relay *relay, struct question *question) {
  char room[32];
  struct slice id = next_id(relay, &room);
  struct bytes *out = &relay->to_squid;
  add_number(out, question->channel);
  bytes_add_text(out, " OK verdict=deny id=");
  bytes_add(out, id);
  bytes_add_text(out, " reason=AgentUnavailable");
  for (int times = 0; times < 2; times += 1) {
    bytes_add_text(out, times == 0 ? " decision=" : " message=");
    bytes_add_text(out, UNAVAILABLE);
    bytes_add(out, id);
    bytes_add_text(out, ")");
  }
  bytes_add_text(out, "\n");
}

static void refuse_what_waits_too_long(struct relay *relay) {
  int64_t now = monotonic_ms();
  struct question *oldest;
  while ((oldest = relay->questions.oldest) != NULL && oldest->asked_at + relay->patience <= now) {
    questions_take(&relay->questions, oldest->channel);
    refuse(relay, oldest);
    free(oldest);
  }
}

static void lose_agent(struct relay *relay) {
  close(relay->agent);
  relay->agent = -1;
  relay->connecting = false;
  relay->connect_at = monotonic_ms() + relay->pause;
  relay->pause = relay->pause * 2 < LONGEST_PAUSE ? relay->pause * 2 : LONGEST_PAUSE;
  bytes_clear(&relay->from_agent);
  bytes_clear(&relay->to_agent);
  /* Its numbers mean nothing to the next one. */
  bytes_clear(&relay->told);
  version_file_close(&relay->version);
}

static void greet_agent(struct relay *relay) {
  relay->connecting = false;
  version_file_open(&relay->version, relay->version_path);
  bytes_add_text(&relay->to_agent, PREAMBLE);
  for (struct question *question = relay->questions.oldest; question != NULL; question = question->newer) {
    send_question(relay, (struct slice){ question->line, question->length });
  }
}

static void call_agent(struct relay *relay) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  memcpy(address.sun_path, relay->socket_path, strlen(relay->socket_path));
  relay->agent = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (relay->agent >= 0 && connect(relay->agent, (struct sockaddr *)&address, sizeof address) == 0) greet_agent(relay);
  else if (relay->agent >= 0 && errno == EINPROGRESS) relay->connecting = true;
  else lose_agent(relay);
}

/* False when the other end is gone. */
static bool fill(int descriptor, struct bytes *bytes) {
  ssize_t count = read(descriptor, bytes_room(bytes, CHUNK), CHUNK);
  if (count > 0) bytes_grew(bytes, (size_t)count);
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/* As much as the other end takes now; false when it is gone. */
static bool drain(int descriptor, struct bytes *bytes) {
  while (bytes_held(bytes).length > 0) {
    struct slice held = bytes_held(bytes);
    ssize_t count = write(descriptor, held.at, held.length);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    bytes_take(bytes, (size_t)count);
  }
  return true;
}

static void hear_agent(struct relay *relay) {
  if (relay->connecting) {
    greet_agent(relay);
    return;
  }
  bool alive = fill(relay->agent, &relay->from_agent);
  struct slice line;
  while (bytes_take_line(&relay->from_agent, &line)) take_answer(relay, line);
  if (!alive) lose_agent(relay);
}

static void hear_squid(struct relay *relay) {
  bool alive = fill(STDIN_FILENO, &relay->from_squid);
  struct slice line;
  while (bytes_take_line(&relay->from_squid, &line)) take_question(relay, line);
  if (!alive) relay->ended = true;
}

static bool is_time_to_tell(const struct relay *relay) {
  size_t length = bytes_held(&relay->told).length;
  return length >= TELL_AT || (length > 0 && monotonic_ms() >= relay->told_since + TELL_AFTER);
}

static void speak(struct relay *relay) {
  if (!drain(STDOUT_FILENO, &relay->to_squid)) relay->ended = true;
  if (relay->agent < 0 || relay->connecting) return;
  /* What goes out anyway takes it along. */
  if (bytes_held(&relay->to_agent).length > 0 || is_time_to_tell(relay)) {
    bytes_add(&relay->to_agent, bytes_held(&relay->told));
    bytes_clear(&relay->told);
  }
  if (!drain(relay->agent, &relay->to_agent)) lose_agent(relay);
}

/* Milliseconds until something is due; -1 for never. */
static int next_due(const struct relay *relay) {
  int64_t due = INT64_MAX;
  if (relay->questions.oldest != NULL) due = relay->questions.oldest->asked_at + relay->patience;
  if (relay->agent < 0 && relay->is_asked && relay->connect_at < due) due = relay->connect_at;
  bool tells = relay->agent >= 0 && bytes_held(&relay->told).length > 0;
  if (tells && relay->told_since + TELL_AFTER < due) due = relay->told_since + TELL_AFTER;
  if (due == INT64_MAX) return -1;
  int64_t left = due - monotonic_ms();
  return left < 0 ? 0 : (int)left;
}

static void wait_for_news(struct relay *relay) {
  bool speaks = relay->agent >= 0 && (relay->connecting || bytes_held(&relay->to_agent).length > 0);
  struct pollfd polled[POLLED] = {
    [SQUID_IN] = { .fd = STDIN_FILENO, .events = POLLIN },
    [SQUID_OUT] = { .fd = bytes_held(&relay->to_squid).length > 0 ? STDOUT_FILENO : -1, .events = POLLOUT },
    [AGENT] = { .fd = relay->agent, .events = (short)(speaks ? POLLIN | POLLOUT : POLLIN) },
  };
  if (poll(polled, POLLED, next_due(relay)) < 0) return;
  short agent = polled[AGENT].revents;
  /* A loss first: what the old agent said holds no longer. */
  if ((agent & (POLLIN | POLLHUP | POLLERR)) != 0 || (relay->connecting && agent != 0)) hear_agent(relay);
  if (polled[SQUID_IN].revents != 0) hear_squid(relay);
}

int run_acl_relay(const char *socket_path, long patience_ms) {
  static struct relay relay;
  relay.agent = -1;
  relay.pause = FIRST_PAUSE;
  relay.socket_path = socket_path;
  relay.patience = patience_ms;
  relay.version_path = must_resize(NULL, strlen(socket_path) + sizeof ".version");
  sprintf(relay.version_path, "%s.version", socket_path);
  if (strlen(socket_path) >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
    fputs("relay: the path of the socket is too long\n", stderr);
    return 2;
  }
  begin_ids(&relay);
  if (getrandom(&relay.kept.seed, sizeof relay.kept.seed, 0) < 0) return 1;
  fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
  fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
  while (!relay.ended) {
    if (relay.agent < 0 && relay.is_asked && monotonic_ms() >= relay.connect_at) call_agent(&relay);
    refuse_what_waits_too_long(&relay);
    speak(&relay);
    if (!relay.ended) wait_for_news(&relay);
  }
  return 0;
}
