#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* A part of somebody else's text; nothing is owned. */
struct slice {
  const char *at;
  size_t length;
};

/* Bytes in a row that grow at the end and are taken from the front. All zero is empty. */
struct bytes {
  char *start;
  size_t from, to, capacity;
};

struct slice bytes_held(const struct bytes *bytes);
void bytes_add(struct bytes *bytes, struct slice more);
void bytes_add_text(struct bytes *bytes, const char *text);
void bytes_take(struct bytes *bytes, size_t count);
void bytes_clear(struct bytes *bytes);

/* Room for at least so many more bytes; what is written there counts once bytes_grew is told. */
char *bytes_room(struct bytes *bytes, size_t count);
void bytes_grew(struct bytes *bytes, size_t count);

/* The next line, without its end, taken from the front; false when there is no whole one. Good until the next change. */
bool bytes_take_line(struct bytes *bytes, struct slice *line);

/* Cuts the next word, up to a space or the end, off the front; empty when nothing is left. */
struct slice slice_take_word(struct slice *text);
bool slice_is(struct slice slice, const char *text);
/* Decimal digits and nothing else, at most 18 of them; false otherwise. */
bool slice_to_number(struct slice slice, unsigned long long *number);

/* malloc and realloc that end the process: Squid starts another. */
void *must_resize(void *memory, size_t size);

#endif
