#ifndef LOG_RELAY_H
#define LOG_RELAY_H

/*
 * Squid's log daemon: lines from stdin into segments of the folder. Never stops and never makes Squid wait: what does not
 * fit, or cannot be written, is counted and stands as a record in the place where it is missing. Returns the exit code
 * when stdin ends, with everything written.
 */
int run_log_relay(const char *folder);

#endif
