#ifndef GATE_H
#define GATE_H

/*
 * Opens the tunnels that Squid asks for on `port` of 127.0.0.1, and reports each to the agent at `socket_path`. Runs
 * until a signal ends the process; returns an exit code if it cannot run.
 */
int run_gate(const char *socket_path, unsigned long long port);

#endif
