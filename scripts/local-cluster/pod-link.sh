#!/usr/bin/env bash
# CNI plugin: ptp, with addresses that can be used immediately (see quick_addresses in ip-family.sh).
set -euo pipefail
if [ "$CNI_COMMAND" = ADD ] && [ -e /proc/net/if_inet6 ]; then
  nsenter --net="$CNI_NETNS" sysctl -qw net.ipv6.conf.default.accept_dad=0
fi
exec /usr/lib/cni/ptp
