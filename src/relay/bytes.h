#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* A view of text that belongs to something else; it is never freed. */
struct slice {
  const char *at;
  size_t length;
};

/* A queue of bytes: added at the end, taken from the front. All zero is empty. */
struct bytes {
  char *start;
  size_t from, to, capacity;
};

/* All bytes in the queue; valid until the next change. */
struct slice bytes_held(const struct bytes *bytes);
void bytes_add(struct bytes *bytes, struct slice more);
void bytes_add_text(struct bytes *bytes, const char *text);
/* Decimal. */
void bytes_add_number(struct bytes *bytes, unsigned long long number);
/* Every byte that is not unreserved in RFC 3986 becomes %XX. */
void bytes_add_percent_encoded(struct bytes *bytes, struct slice text);
void bytes_take(struct bytes *bytes, size_t count);
void bytes_clear(struct bytes *bytes);

/* Space for at least `count` bytes after the end. What the caller writes there is added by bytes_grew. */
char *bytes_room(struct bytes *bytes, size_t count);
void bytes_grew(struct bytes *bytes, size_t count);

/* Takes the next line, without its end, from the front; false if it is incomplete. Valid until the next change. */
bool bytes_take_line(struct bytes *bytes, struct slice *line);

/* Takes the next word, up to a space or the end, from the front; empty if nothing is left. */
struct slice slice_take_word(struct slice *text);
bool slice_is(struct slice slice, const char *text);
/* Accepts 1 to 18 decimal digits and nothing else. */
bool slice_to_number(struct slice slice, unsigned long long *number);

/* realloc that ends the process if there is no memory; Squid then starts a new one. */
void *must_resize(void *memory, size_t size);

#endif
