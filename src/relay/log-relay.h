#ifndef LOG_RELAY_H
#define LOG_RELAY_H

/*
 * Squid's log daemon: writes lines from stdin into segments below `folder`. It never makes Squid wait: lines that do
 * not fit or cannot be written are counted, and a record `!lost COUNT` takes their place in the log. Returns the exit
 * code when stdin ends and everything is written.
 */
int run_log_relay(const char *folder);

#endif
