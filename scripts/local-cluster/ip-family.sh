# Both families, IPv4 first, unless the machine has no IPv6 or `up --ip-family ipv4` asks for one.
ip_family_file="$state/ip-family"

choose_ip_family() {
  local wanted="$1"
  if [ "$wanted" = dual ] && ! machine_has_ipv6; then
    say 'this machine has no IPv6 (or no ip6tables): the cluster is IPv4 only, and tests of IPv6 will be left out'
    wanted=ipv4
  fi
  echo "$wanted" > "$ip_family_file"
}

machine_has_ipv6() { [ -e /proc/net/if_inet6 ] && ip6tables -w 30 -t mangle -S > /dev/null 2>&1; }

dual_stack() { [ "$(cat "$ip_family_file" 2> /dev/null)" = dual ]; }

# both IPV4 IPV6: what of it this cluster has, separated by a comma.
both() {
  printf '%s' "$1"
  if dual_stack; then printf ',%s' "$2"; fi
}

# Without duplicate address detection: an address of a fresh interface would be of no use for its first second.
quick_addresses() { "$@" sysctl -qw net.ipv6.conf.default.accept_dad=0; }
