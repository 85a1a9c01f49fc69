#include "client-hello.h"

#include <stdint.h>
#include <string.h>

enum {
  HANDSHAKE_RECORD = 22,
  RECORD_HEAD = 5,
  CLIENT_HELLO = 1,
  MESSAGE_HEAD = 4,
  VERSION_AND_RANDOM = 2 + 32,
  SERVER_NAME = 0,
  HOST_NAME = 0,
  /* RFC 9849. */
  ENCRYPTED_CLIENT_HELLO = 0xfe0d,
};

/* Bytes that are read in order. `failed` once they ended too early; what is read then is empty. */
struct reader {
  struct slice left;
  bool failed;
};

static struct slice take(struct reader *reader, size_t count) {
  if (count > reader->left.length) {
    reader->failed = true;
    count = reader->left.length;
  }
  struct slice taken = { reader->left.at, count };
  reader->left.at += count;
  reader->left.length -= count;
  return reader->failed ? (struct slice){ "", 0 } : taken;
}

static size_t take_number(struct reader *reader, size_t size) {
  struct slice digits = take(reader, size);
  size_t value = 0;
  for (size_t index = 0; index < digits.length; index += 1) value = value << 8 | (uint8_t)digits.at[index];
  return value;
}

/* A vector: its length in `size` bytes, then its content. */
static struct reader take_vector(struct reader *reader, size_t size) {
  size_t length = take_number(reader, size);
  return (struct reader){ .left = take(reader, length), .failed = reader->failed };
}

static bool is_complete(const char *message, size_t length) {
  struct reader head = { .left = { message, length } };
  take(&head, 1);
  size_t content = take_number(&head, MESSAGE_HEAD - 1);
  return !head.failed && head.left.length >= content;
}

/*
 * Joins the handshake message from its records, which may split it anywhere; false if the bytes are not TLS. Records of
 * other types may follow it, such as early data.
 */
static bool join_records(struct slice bytes, char (*message)[MESSAGE_HEAD + LONGEST_HELLO], size_t *length) {
  size_t at = 0;
  *length = 0;
  while (at < bytes.length && *length < sizeof *message && !is_complete(*message, *length)) {
    size_t left = bytes.length - at;
    if (bytes.at[at] != HANDSHAKE_RECORD || (left > 1 && bytes.at[at + 1] != 3)) return false;
    if (left < RECORD_HEAD) return true;
    size_t content = (size_t)(uint8_t)bytes.at[at + 3] << 8 | (uint8_t)bytes.at[at + 4];
    if (content == 0) return false;
    at += RECORD_HEAD;
    size_t count = content < bytes.length - at ? content : bytes.length - at;
    size_t taken = count < sizeof *message - *length ? count : sizeof *message - *length;
    memcpy(*message + *length, bytes.at + at, taken);
    *length += taken;
    at += count;
  }
  return true;
}

/* The one host name in a server_name extension; fails if there are more names, or none. */
static struct slice read_host_name(struct reader extension) {
  struct reader list = take_vector(&extension, 2);
  size_t type = take_number(&list, 1);
  struct reader name = take_vector(&list, 2);
  bool whole = !list.failed && list.left.length == 0 && extension.left.length == 0 && type == HOST_NAME;
  return whole ? name.left : (struct slice){ "", 0 };
}

static struct client_hello read_extensions(struct reader extensions) {
  struct client_hello hello = { .kind = HELLO_READ };
  bool named = false;
  while (extensions.left.length > 0) {
    size_t type = take_number(&extensions, 2);
    struct reader content = take_vector(&extensions, 2);
    if (extensions.failed) return (struct client_hello){ .kind = HELLO_NOT_TLS };
    if (type == ENCRYPTED_CLIENT_HELLO) hello.encrypted = true;
    if (type != SERVER_NAME) continue;
    hello.name = read_host_name(content);
    if (named || hello.name.length == 0) return (struct client_hello){ .kind = HELLO_NOT_TLS };
    named = true;
  }
  return hello;
}

static struct client_hello read_message(struct reader message) {
  take(&message, VERSION_AND_RANDOM);
  take_vector(&message, 1);
  take_vector(&message, 2);
  take_vector(&message, 1);
  /* TLS 1.2 allows a hello without extensions. */
  if (!message.failed && message.left.length == 0) return (struct client_hello){ .kind = HELLO_READ };
  struct reader extensions = take_vector(&message, 2);
  if (message.failed || message.left.length > 0) return (struct client_hello){ .kind = HELLO_NOT_TLS };
  return read_extensions(extensions);
}

struct client_hello read_client_hello(struct slice bytes) {
  static char message[MESSAGE_HEAD + LONGEST_HELLO];
  size_t held;
  if (!join_records(bytes, &message, &held)) return (struct client_hello){ .kind = HELLO_NOT_TLS };
  if (held > 0 && message[0] != CLIENT_HELLO) return (struct client_hello){ .kind = HELLO_NOT_TLS };
  if (held < MESSAGE_HEAD) return (struct client_hello){ .kind = HELLO_MORE };
  struct reader head = { .left = { message + 1, MESSAGE_HEAD - 1 } };
  size_t length = take_number(&head, MESSAGE_HEAD - 1);
  if (length > LONGEST_HELLO) return (struct client_hello){ .kind = HELLO_NOT_TLS };
  if (held < MESSAGE_HEAD + length) return (struct client_hello){ .kind = HELLO_MORE };
  return read_message((struct reader){ .left = { message + MESSAGE_HEAD, length } });
}
