#ifndef ACL_RELAY_H
#define ACL_RELAY_H

/*
 * Squid's external_acl helper: passes ACL requests from stdin to the agent's Unix socket, and answers back to stdout.
 * Returns the exit code when stdin ends. It outlives the agent: a request without an answer is sent again on the next
 * connection, and denied with AgentUnavailable after patience_ms.
 */
int run_acl_relay(const char *socket_path, long patience_ms);

#endif
