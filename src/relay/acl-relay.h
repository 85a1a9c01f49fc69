#ifndef ACL_RELAY_H
#define ACL_RELAY_H

/*
 * Squid's external_acl helper: carries questions from stdin to the agent's Unix socket, and answers back to stdout.
 * Returns the exit code when stdin ends. It outlives the agent: what is unanswered when a connection ends is sent again
 * on the next, and refused with AgentUnavailable after patience_ms.
 */
int run_acl_relay(const char *socket_path, long patience_ms);

#endif
