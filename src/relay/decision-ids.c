#include "decision-ids.h"

#include <stdio.h>
#include <sys/random.h>

bool decision_ids_begin(struct decision_ids *ids) {
  unsigned char random[5];
  if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) return false;
  for (size_t index = 0; index < sizeof random; index += 1) {
    snprintf(ids->run + 2 * index, 3, "%02x", random[index]);
  }
  return true;
}

struct slice decision_ids_next(struct decision_ids *ids, char (*buffer)[32]) {
  char digits[16];
  size_t at = sizeof digits;
  unsigned long long rest = ids->count++;
  do digits[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % 36];
  while ((rest /= 36) > 0);
  int length = snprintf(*buffer, sizeof *buffer, "%s-r%.*s", ids->run, (int)(sizeof digits - at), digits + at);
  return (struct slice){ *buffer, (size_t)length };
}
