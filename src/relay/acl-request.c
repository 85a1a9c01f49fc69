#include "acl-request.h"

struct acl_request acl_request_parse(struct slice line) {
  struct acl_request request;
  request.channel = slice_take_word(&line);
  request.key.source = slice_take_word(&line);
  request.client_port = slice_take_word(&line);
  request.key.rest = line;
  return request;
}
