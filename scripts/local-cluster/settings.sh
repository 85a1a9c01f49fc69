# Places, names and addresses of the local cluster. The environment may move the folders, and a number other than 0 gives
# a second cluster of its own beside the first.
instance="${KUBE_EGRESS_CLUSTER:-0}"
[[ "$instance" =~ ^[0-9]$ ]] || die "KUBE_EGRESS_CLUSTER takes 0 to 9, not $instance"
suffix=''
if ((instance)); then suffix="-$instance"; fi
local="$root/scripts/local-cluster"
cache="${KUBE_EGRESS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kube-egress}"
state="${KUBE_EGRESS_STATE:-/var/lib/kube-egress-cluster}$suffix"
logs="$state/logs"
# Unix sockets lie below it, and their paths have a limit of 108 characters.
if ((${#state} > 60)); then die "KUBE_EGRESS_STATE is too long (60 characters at most): $state"; fi

service_cidr=10.96.0.0/16
service_cidr6=fd00:10:96::/112
pod_cidr=10.244.0.0/16
pod_cidr6=fd00:10:244::/48
dns_address=10.96.0.10
dns_address6=fd00:10:96::a
api_service_address=10.96.0.1

# The machines' link. The network namespace of the internet simulator is its switch and everybody's default gateway.
link_prefix=172.31.$((250 - instance))
api_address="$link_prefix.1"
internet_address="$link_prefix.254"
link_prefix6=fd00:10:31:
internet_address6="$link_prefix6:fe"
host_address="$link_prefix.250"
namespace_prefix=kube-egress$suffix
cgroup=kube-egress$suffix
host_interface=kube-egress$instance

node_address() { printf '%s.%s' "$link_prefix" "$1"; }
node_address6() { printf '%s:%s' "$link_prefix6" "$1"; }
