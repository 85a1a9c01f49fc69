# A component of Kubernetes, taken away and given back. What it keeps on disk stays: etcd continues where it was.
component_start() {
  local node="$1" name="$2"
  if running "$(machine_folder "$node")/run/$name.pid"; then return; fi
  build_all
  case "$name" in
    etcd) start_etcd ;;
    kube-apiserver)
      start_api_server
      wait_for 'the API server' 120 api_ready
      start_controllers
      restart_node_agents
      ;;
    kubelet)
      start_kubelet "${node#node-}"
      wait_for "pods in the kubelet of $node" 60 kubelet_has_pods "$node"
      ;;
    *) die "component starts etcd, kube-apiserver or kubelet, not $name" ;;
  esac
}

# After an outage each of their caches is up to a minute and a half behind the API server, until client-go tries again. What
# follows would meet Services without endpoints, pods that no policy knows, and pods that no kubelet starts. Until they run,
# new connections wait.
restart_node_agents() {
  local number node run
  for number in $(nodes); do
    node="node-$number"
    run="$(machine_folder "$node")/run"
    end_process "$run/policy.pid" TERM 20
    start_policy_engine "$node"
    end_process "$run/kube-proxy.pid" TERM 20
    start_kube_proxy "$node"
    # A test that took a kubelet away gives it back itself.
    running "$run/kubelet.pid" || continue
    end_process "$run/kubelet.pid" TERM 20
    start_kubelet "$number"
  done
  for number in $(nodes); do
    running "$(machine_folder "node-$number")/run/kubelet.pid" || continue
    wait_for "pods in the kubelet of node-$number" 60 kubelet_has_pods "node-$number"
  done
}

# A kubelet that has just started knows no pod of its node until it has listed them.
kubelet_has_pods() {
  local bound
  bound="$(as_admin get pods -A --field-selector "spec.nodeName=$1" -o name)" || return 1
  [ -z "$bound" ] || as_admin get --raw "/api/v1/nodes/$1/proxy/pods" | grep -q '"uid"'
}

# component_end NODE NAME SIGNAL: returns when it has ended.
component_end() {
  local run controller
  run="$(machine_folder "$1")/run"
  [ -e "$run/$2.pid" ] || die "there is no component $2 on $1"
  end_process "$run/$2.pid" "$3" 20
  if [ "$2" != kube-apiserver ]; then return; fi
  # Without the API server they lose their lease, end, and begin again. One that stayed would find the kubelets' leases old,
  # and call each node NotReady and its pods not ready until it had caught up.
  for controller in kube-controller-manager kube-scheduler; do end_process "$run/$controller.pid" TERM 20; done
}
