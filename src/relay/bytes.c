#include "bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1 << 14, MOST_DIGITS = 18 };

void *must_resize(void *memory, size_t size) {
  void *resized = realloc(memory, size);
  if (resized == NULL) {
    fputs("relay: out of memory\n", stderr);
    exit(1);
  }
  return resized;
}

struct slice bytes_held(const struct bytes *bytes) {
  return (struct slice){ bytes->start == NULL ? "" : bytes->start + bytes->from, bytes->to - bytes->from };
}

char *bytes_room(struct bytes *bytes, size_t count) {
  if (bytes->capacity - bytes->to >= count && bytes->start != NULL) return bytes->start + bytes->to;
  size_t held = bytes->to - bytes->from;
  if (bytes->from > 0) memmove(bytes->start, bytes->start + bytes->from, held);
  bytes->from = 0;
  bytes->to = held;
  size_t capacity = bytes->capacity == 0 ? FIRST_CAPACITY : bytes->capacity;
  while (capacity - held < count) capacity *= 2;
  if (capacity != bytes->capacity) bytes->start = must_resize(bytes->start, capacity);
  bytes->capacity = capacity;
  return bytes->start + held;
}

void bytes_grew(struct bytes *bytes, size_t count) {
  bytes->to += count;
}

void bytes_add(struct bytes *bytes, struct slice more) {
  memcpy(bytes_room(bytes, more.length), more.at, more.length);
  bytes_grew(bytes, more.length);
}

void bytes_add_text(struct bytes *bytes, const char *text) {
  bytes_add(bytes, (struct slice){ text, strlen(text) });
}

void bytes_add_number(struct bytes *bytes, unsigned long long number) {
  char text[24];
  int length = snprintf(text, sizeof text, "%llu", number);
  bytes_add(bytes, (struct slice){ text, (size_t)length });
}

static bool is_unreserved(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
    (letter != '\0' && strchr("-._~", letter) != NULL);
}

void bytes_add_percent_encoded(struct bytes *bytes, struct slice text) {
  for (size_t index = 0; index < text.length; index += 1) {
    char encoded[4];
    if (is_unreserved(text.at[index])) {
      bytes_add(bytes, (struct slice){ text.at + index, 1 });
    } else {
      snprintf(encoded, sizeof encoded, "%%%02X", (unsigned char)text.at[index]);
      bytes_add_text(bytes, encoded);
    }
  }
}

void bytes_take(struct bytes *bytes, size_t count) {
  bytes->from += count;
  if (bytes->from == bytes->to) bytes_clear(bytes);
}

void bytes_clear(struct bytes *bytes) {
  bytes->from = bytes->to = 0;
}

bool bytes_take_line(struct bytes *bytes, struct slice *line) {
  struct slice held = bytes_held(bytes);
  const char *end = memchr(held.at, '\n', held.length);
  if (end == NULL) return false;
  *line = (struct slice){ held.at, (size_t)(end - held.at) };
  bytes_take(bytes, line->length + 1);
  return true;
}

struct slice slice_take_word(struct slice *text) {
  const char *space = memchr(text->at, ' ', text->length);
  struct slice word = { text->at, space == NULL ? text->length : (size_t)(space - text->at) };
  size_t taken = word.length + (space == NULL ? 0 : 1);
  text->at += taken;
  text->length -= taken;
  return word;
}

bool slice_is(struct slice slice, const char *text) {
  return slice.length == strlen(text) && memcmp(slice.at, text, slice.length) == 0;
}

bool slice_to_number(struct slice slice, unsigned long long *number) {
  if (slice.length == 0 || slice.length > MOST_DIGITS) return false;
  unsigned long long value = 0;
  for (size_t index = 0; index < slice.length; index += 1) {
    char digit = slice.at[index];
    if (digit < '0' || digit > '9') return false;
    value = value * 10 + (unsigned long long)(digit - '0');
  }
  *number = value;
  return true;
}
