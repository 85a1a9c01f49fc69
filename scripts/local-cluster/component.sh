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
      restart_network_agents
      ;;
    kubelet) start_kubelet "${node#node-}" ;;
    *) die "component starts etcd, kube-apiserver or kubelet, not $name" ;;
  esac
}

# After an outage their caches are up to a minute behind the API server, until client-go tries again. What follows would
# meet Services without endpoints, and pods that no policy knows. Until they run, new connections wait.
restart_network_agents() {
  local number run
  for number in $(nodes); do
    run="$(machine_folder "node-$number")/run"
    end_process "$run/policy.pid" TERM 20
    start_policy_engine "node-$number"
    end_process "$run/kube-proxy.pid" TERM 20
    start_kube_proxy "node-$number"
  done
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
