# The wires: every machine, and the host itself, hangs with one veth on a bridge inside the internet simulator's network namespace.
# The internet simulator is the default gateway of the nodes, so what leaves a node meets the internet simulator and never the host's network.
make_link() {
  local internet range
  internet="$(namespace_of internet)"
  # A bridge without an address of its own takes the lowest of its ports', and so another one when a node is plugged in:
  # for some seconds a machine that knows the old one would have no route out.
  ip -n "$internet" link add switch address 02:00:00:00:00:fe type bridge
  ip -n "$internet" address add "$internet_address/24" dev switch
  ip -n "$internet" link set switch up
  # Local in the main table: the internet simulator answers for every address but those of the link and the pods.
  ip -n "$internet" route add local default dev lo table main
  # Not for private ranges: an address that is not assigned in the cluster is not assigned outside, either. The nodes themselves must have
  # a way to Service addresses, because a route is looked for before kube-proxy's rules replace the address.
  for range in 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10; do
    ip -n "$internet" route add unreachable "$range"
  done
  in_namespace internet sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.arp_ignore=1
  # Where the host loaded br_netfilter, the host's iptables would filter what the bridge carries.
  in_namespace internet sysctl -qw -e net.bridge.bridge-nf-call-iptables=0
  if dual_stack; then make_link6 "$internet"; fi
  plug_host
}

# The same for IPv6.
make_link6() {
  local internet="$1"
  ip -n "$internet" address add "$internet_address6/64" dev switch
  ip -n "$internet" -6 route add local default dev lo table main
  ip -n "$internet" route add unreachable fc00::/7
  # The internet simulator's servers listen on addresses that no interface has.
  in_namespace internet sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.ip_nonlocal_bind=1
  in_namespace internet sysctl -qw -e net.bridge.bridge-nf-call-ip6tables=0
}

in_namespace() {
  local name="$1"
  shift
  nsenter --net="/run/netns/$(namespace_of "$name")" "$@"
}

# The host sees the link and nothing behind it. It gets no route to pods, Services or the internet simulator: those ranges may be in
# use on the host's own network, and a route would take that traffic away (scripts/cluster enter looks from inside).
plug_host() {
  ip link add "$host_interface" type veth peer name host netns "$(namespace_of internet)"
  ip -n "$(namespace_of internet)" link set host master switch up
  ip address add "$host_address/24" dev "$host_interface"
  ip link set "$host_interface" up
}

plug_node() {
  local number="$1" node="node-$1" namespace
  namespace="$(namespace_of "$node")"
  ip link add "$node" netns "$(namespace_of internet)" type veth peer name eth0 netns "$namespace"
  ip -n "$(namespace_of internet)" link set "$node" master switch up
  ip -n "$namespace" address add "$(node_address "$number")/24" dev eth0
  ip -n "$namespace" link set eth0 up
  ip -n "$namespace" route add default via "$internet_address"
  in_namespace "$node" sysctl -qw net.ipv4.ip_forward=1
  if dual_stack; then
    ip -n "$namespace" address add "$(node_address6 "$number")/64" dev eth0
    ip -n "$namespace" route add default via "$internet_address6"
    in_namespace "$node" sysctl -qw net.ipv6.conf.all.forwarding=1
  fi
  route_pods "$number"
}

# The pods of node N live in 10.244.N.0/24 and fd00:10:244:N::/64. Their packets keep their source on every way, so that policies and the
# internet's access log see the pod and not its node.
pods_of() { printf '10.244.%s.0/24' "$1"; }
pods6_of() { printf 'fd00:10:244:%s::/64' "$1"; }

route_pods() {
  local number="$1" other
  route_to_node "$number" internet
  for other in $(nodes); do
    [ "$other" != "$number" ] || continue
    route_to_node "$number" "node-$other"
    route_to_node "$other" "node-$number"
  done
}

# route_to_node N MACHINE: how MACHINE reaches the pods of node N.
route_to_node() {
  local namespace
  namespace="$(namespace_of "$2")"
  ip -n "$namespace" route replace "$(pods_of "$1")" via "$(node_address "$1")"
  if dual_stack; then ip -n "$namespace" route replace "$(pods6_of "$1")" via "$(node_address6 "$1")"; fi
}

# nodes: the numbers of the nodes that are there.
nodes() {
  local name
  for name in $(machines); do
    if [[ "$name" == node-* ]]; then echo "${name#node-}"; fi
  done
}

# The kernel may take the device away between the look and the deletion: the end of the internet simulator's network
# namespace deletes both ends of the wire, some time after `ip netns delete` has returned.
drop_host_link() {
  local device="/sys/class/net/$host_interface"
  [ ! -e "$device" ] || ip link delete "$host_interface" || [ ! -e "$device" ]
}
