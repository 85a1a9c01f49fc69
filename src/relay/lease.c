#include "lease.h"

#include "clock.h"
#include "timing.h"

/* Bytes of reports that are sent immediately. */
enum { REPORT_AT = 1 << 15 };

bool lease_line_parse(struct slice rest, struct lease_line *line) {
  bool valid = slice_to_number(slice_take_word(&rest), &line->number) &&
    slice_to_number(slice_take_word(&rest), &line->revision) && slice_to_number(slice_take_word(&rest), &line->ms) &&
    slice_to_number(slice_take_word(&rest), &line->channel);
  if (!valid) return false;
  line->id = slice_take_word(&rest);
  line->notes = rest.length == 0 ? rest : (struct slice){ rest.at - 1, rest.length + 1 };
  return true;
}

void reuse_reports_add(struct reuse_reports *reports, const struct lease *lease, struct slice id, struct slice port) {
  struct bytes *lines = &reports->lines;
  if (bytes_held(lines).length == 0) reports->since = monotonic_ms();
  bytes_add_text(lines, "reuse ");
  bytes_add_number(lines, lease->terms.number);
  bytes_add_text(lines, " ");
  bytes_add(lines, id);
  bytes_add_text(lines, " ");
  bytes_add(lines, port);
  bytes_add_text(lines, " ");
  bytes_add_number(lines, (unsigned long long)epoch_ms());
  bytes_add_text(lines, "\n");
}

int64_t reuse_reports_due(const struct reuse_reports *reports) {
  size_t length = bytes_held(&reports->lines).length;
  if (length == 0) return INT64_MAX;
  return length >= REPORT_AT ? reports->since : reports->since + REUSE_REPORT_MS;
}

void reuse_reports_move(struct reuse_reports *reports, struct bytes *out) {
  bytes_add(out, bytes_held(&reports->lines));
  bytes_clear(&reports->lines);
}
