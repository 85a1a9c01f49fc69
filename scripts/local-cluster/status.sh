# What runs, and where to look.
cluster_status() {
  local name file component code=0
  if [ -z "$(machines)" ]; then
    echo 'down'
    return 1
  fi
  for name in $(machines); do
    echo "$name ($(machine_address "$name"))"
    for file in "$(machine_folder "$name")"/run/*.pid; do
      component="$(basename "$file" .pid)"
      if running "$file"; then
        printf '  %-24s running, pid %s\n' "$component" "$(cut -d' ' -f1 "$file")"
      else
        printf '  %-24s ENDED; log: %s\n' "$component" "$logs/$name-$component.log"
        code=1
      fi
    done
    if [[ "$name" == node-* ]]; then
      printf '  %-24s %s\n' 'network policies' "$(policy_is_on "$name" && echo enforced || echo 'OFF (scripts/cluster policy on)')"
      echo "  pod logs: $(machine_folder "$name")/log/pods"
    fi
  done
  as_admin get nodes -o wide || code=1
  as_admin get pods -n kube-system || code=1
  echo "Kubernetes $kubernetes_version, $(module_version etcd go.etcd.io/etcd/server/v3), $(module_version network github.com/coredns/coredns), $(containerd --version | cut -d' ' -f1,3)"
  echo "kubeconfig: $pki/admin.kubeconfig"
  echo "logs: $logs (components, audit.log, internet-access.log)"
  echo "CA of the internet simulator: $state/internet-ca.crt"
  return "$code"
}

module_version() {
  printf '%s %s' "$1" "$(awk -v module="$2" '$1 == "require" && $2 == module { print $3 } $1 == module { print $2 }' "$local/tools/$1/go.mod" | head -n 1)"
}

machine_address() {
  case "$1" in
    internet) printf '%s' "$internet_address" ;;
    vm-*) vm_address "${1#vm-}" ;;
    *) node_address "${1#node-}" ;;
  esac
}
