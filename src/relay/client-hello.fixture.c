#include "client-hello.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Reads bytes from stdin, and prints for each number of the first of them, from none to all, what read_client_hello says:
 * KIND ENCRYPTED NAME. Each has memory of its own size, so that a checked build ends at a byte that is read beyond it.
 */
int main(void) {
  static char bytes[1 << 17];
  size_t length = fread(bytes, 1, sizeof bytes, stdin);
  for (size_t count = 0; count <= length; count += 1) {
    char *first = malloc(count);
    if (first == NULL && count > 0) return 1;
    if (count > 0) memcpy(first, bytes, count);
    struct client_hello hello = read_client_hello((struct slice){ first, count });
    printf("%d %d %.*s\n", (int)hello.kind, hello.encrypted, (int)hello.name.length,
      hello.name.length > 0 ? hello.name.at : "");
    free(first);
  }
  return 0;
}
