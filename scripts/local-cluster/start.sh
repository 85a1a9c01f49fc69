# Brings the cluster up: nothing that is there is started twice, and what a crash left is cleared away first.
cluster_up() {
  local wanted="$1" family="$2" number
  check_prerequisites
  mkdir -p "$state" "$cache" "$logs"
  with_lock
  if whole && api_answers; then
    if (($(nodes | wc -l) >= wanted)); then
      say "already up ($(nodes | wc -l) node(s)); kubeconfig: $pki/admin.kubeconfig"
      return
    fi
    prepare
  else
    clear_leftovers
    choose_ip_family "$family"
    prepare
    start_first_node
  fi
  for number in $(seq 2 "$wanted"); do
    if [ ! -e "$(machine_folder "node-$number")/init.pid" ]; then add_node "$number"; fi
  done
  wait_for 'the nodes to be ready' 120 nodes_ready
  wait_for 'cluster DNS' 120 dns_ready
  say "up after $SECONDS s; export KUBECONFIG=\$(scripts/cluster kubeconfig)"
}

# A busy API server answers late: that alone is no reason to start another cluster.
api_answers() {
  local attempt
  for attempt in $(seq 20); do
    if api_ready > /dev/null 2>&1; then return; fi
    say "the API server does not answer yet ($attempt)"
    sleep 1
  done
  return 1
}

# What can be made without anything running.
prepare() {
  build_all
  make_certificates
  pause_archive > /dev/null
  dns_archive > /dev/null
  client_archive > /dev/null
  offer_kubectl
}

start_first_node() {
  say 'starting the internet simulator'
  start_internet
  for number in $vms; do start_vm "$number"; done
  make_node 1
  say 'starting the control plane'
  start_control_plane
  start_containerd node-1
  load_cluster_images node-1
  wait_for 'the API server' 120 api_ready
  start_controllers
  register_node 1
  policy_access | as_admin apply -f - > /dev/null
  dns_manifests | as_admin apply -f - > /dev/null
  start_node_agents 1
}

add_node() {
  make_node "$1"
  start_containerd "node-$1"
  load_cluster_images "node-$1"
  copy_images node-1 "node-$1"
  register_node "$1"
  start_node_agents "$1"
}

nodes_ready() {
  as_admin wait --for=condition=Ready nodes --all --timeout=1s
}

dns_ready() {
  as_admin rollout status -n kube-system deployment/kube-dns --timeout=1s
}

# Two starts at the same time would disturb each other. The lock ends with this shell: nothing that it starts inherits it.
with_lock() {
  exec 9> "$state/lock"
  if ! flock --nonblock 9; then
    say 'another scripts/cluster is at work; waiting for it'
    flock --timeout 900 9 || die 'the other scripts/cluster did not end within 15 minutes'
  fi
}

# A machine without kubectl gets the one that was built.
offer_kubectl() {
  if ! command -v kubectl > /dev/null; then ln -sf "$cache/bin/current/kubectl" /usr/local/bin/kubectl; fi
}
