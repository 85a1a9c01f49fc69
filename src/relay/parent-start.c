#include "parent-start.h"

#include "clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The field starttime of /proc/PID/stat (proc(5)), in clock ticks since the boot; 0 if it cannot be read. */
static unsigned long long start_ticks(pid_t process) {
  char path[32], text[1024];
  unsigned long long ticks = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
  FILE *file = fopen(path, "re");
  if (file == NULL) return 0;
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = '\0';
  /* The second field is the name in parentheses, which may contain spaces and parentheses. */
  const char *rest = strrchr(text, ')');
  if (rest == NULL) return 0;
  /* After the name: state, and 18 fields before starttime. */
  static const char FORMAT[] = " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu";
  return sscanf(rest + 1, FORMAT, &ticks) == 1 ? ticks : 0;
}

int64_t parent_started_at(void) {
  long hertz = sysconf(_SC_CLK_TCK);
  unsigned long long ticks = start_ticks(getppid());
  int64_t now = epoch_ms();
  if (ticks == 0 || hertz <= 0) return now;
  int64_t started_ms = (int64_t)(ticks * 1000 / (unsigned long long)hertz);
  return now - (boot_ms() - started_ms);
}
