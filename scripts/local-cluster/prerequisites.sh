# What the machine must have before anything starts. Debian packages that are missing are installed.
packages=(
  runc:runc containerd:containerd /usr/lib/cni/ptp:containernetworking-plugins iptables:iptables
  conntrack:conntrack socat:socat buildah:buildah mmdebstrap:mmdebstrap ip:iproute2 openssl:openssl
  nsenter:util-linux mount:mount curl:curl squid:squid-openssl
)

check_prerequisites() {
  [ "$(uname -s)" = Linux ] || die 'only Linux can run the local cluster; with Docker use scripts/kind'
  [ "$(id -u)" = 0 ] || die 'must run as root (it makes network namespaces, mounts and cgroups)'
  local pair missing=()
  for pair in "${packages[@]}"; do
    has "${pair%%:*}" || missing+=("${pair##*:}")
  done
  if ((${#missing[@]})); then install_packages "${missing[@]}"; fi
}

# has COMMAND or PATH
has() {
  case "$1" in
    /*) [ -x "$1" ] ;;
    *) command -v "$1" > /dev/null ;;
  esac
}

install_packages() {
  command -v apt-get > /dev/null || die "apt-get is missing; install by hand: $*"
  export DEBIAN_FRONTEND=noninteractive
  with_progress 'apt-get update' "$cache/logs/apt-update.log" apt-get -o Acquire::Retries=3 update
  # The packages' own services stay off: the cluster starts what it needs itself.
  with_progress "apt-get install $*" "$cache/logs/apt-install.log" \
    env RUNLEVEL=1 apt-get -o Acquire::Retries=3 install -y --no-install-recommends "$@"
}
