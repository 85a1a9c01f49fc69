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
      ;;
    kubelet) start_kubelet "${node#node-}" ;;
    *) die "component starts etcd, kube-apiserver or kubelet, not $name" ;;
  esac
}

# component_end NODE NAME SIGNAL: returns when it has ended.
component_end() {
  local file
  file="$(machine_folder "$1")/run/$2.pid"
  [ -e "$file" ] || die "there is no component $2 on $1"
  end_process "$file" "$3" 20
}
