#include "gate-request.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

static const char HEADER[] = "X-Kube-Egress-Gate: ";

static bool copy_text(struct slice text, char *to, size_t longest) {
  if (text.length == 0 || text.length > longest) return false;
  memcpy(to, text.at, text.length);
  to[text.length] = '\0';
  return true;
}

/* Takes the text before a separator, or all of it. */
static struct slice take_until(struct slice *text, char separator) {
  const char *end = memchr(text->at, separator, text->length);
  struct slice taken = { text->at, end == NULL ? text->length : (size_t)(end - text->at) };
  size_t count = taken.length + (end == NULL ? 0 : 1);
  text->at += count;
  text->length -= count;
  return taken;
}

/* The port in `CONNECT host:port HTTP/1.1`; 0 if it is another line. */
static in_port_t parse_port(struct slice line) {
  if (!slice_is(slice_take_word(&line), "CONNECT")) return 0;
  struct slice target = slice_take_word(&line);
  const char *colon = memrchr(target.at, ':', target.length);
  if (colon == NULL) return 0;
  struct slice digits = { colon + 1, target.length - (size_t)(colon + 1 - target.at) };
  unsigned long long port;
  return slice_to_number(digits, &port) && port <= UINT16_MAX ? (in_port_t)port : 0;
}

static bool parse_address(struct slice text, in_port_t port, struct gate_address *address) {
  char copy[INET6_ADDRSTRLEN];
  if (!copy_text(text, copy, sizeof copy - 1)) return false;
  *address = (struct gate_address){ .length = sizeof address->four };
  address->four.sin_family = AF_INET;
  address->four.sin_port = htons(port);
  if (inet_pton(AF_INET, copy, &address->four.sin_addr) == 1) return true;
  *address = (struct gate_address){ .length = sizeof address->six };
  address->six.sin6_family = AF_INET6;
  address->six.sin6_port = htons(port);
  return inet_pton(AF_INET6, copy, &address->six.sin6_addr) == 1;
}

static bool parse_mode(struct slice text, enum gate_mode *mode) {
  static const char *const names[] = { [GATE_PASS] = "pass", [GATE_REPORT] = "report", [GATE_ENFORCE] = "enforce" };
  for (size_t index = 0; index < sizeof names / sizeof *names; index += 1) {
    if (!slice_is(text, names[index])) continue;
    *mode = (enum gate_mode)index;
    return true;
  }
  return false;
}

/* `ID MODE NAME ADDRESS,ADDRESS` */
static bool parse_value(struct slice value, in_port_t port, struct gate_request *request) {
  struct slice id = slice_take_word(&value);
  struct slice mode = slice_take_word(&value);
  struct slice name = slice_take_word(&value);
  if (!parse_mode(mode, &request->mode)) return false;
  if (!copy_text(id, request->id, LONGEST_ID) || !copy_text(name, request->name, LONGEST_NAME)) return false;
  while (value.length > 0 && request->address_count < MOST_ADDRESSES) {
    struct slice address = take_until(&value, ',');
    if (!parse_address(address, port, &request->addresses[request->address_count])) return false;
    request->address_count += 1;
  }
  return request->address_count > 0;
}

bool parse_gate_request(struct slice head, struct gate_request *request) {
  *request = (struct gate_request){ .mode = GATE_ENFORCE };
  const size_t header = sizeof HEADER - 1;
  in_port_t port = 0;
  bool found = false;
  for (bool first = true; head.length > 0; first = false) {
    struct slice line = take_until(&head, '\n');
    if (line.length > 0 && line.at[line.length - 1] == '\r') line.length -= 1;
    if (first) {
      port = parse_port(line);
    } else if (line.length >= header && strncasecmp(line.at, HEADER, header) == 0) {
      struct slice value = { line.at + header, line.length - header };
      if (found || !parse_value(value, port, request)) return false;
      found = true;
    }
  }
  return found && port != 0;
}
