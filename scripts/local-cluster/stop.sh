# Takes the cluster down: first what makes new processes, then the machines, whose end takes everything else along.
cluster_down() {
  [ -d "$state" ] || { say 'nothing is up'; return; }
  with_lock
  clear_leftovers
  say 'down'
}

# Also what a crash left: each step holds when there is nothing to do.
clear_leftovers() {
  local name component
  for name in $(machines); do
    say "stopping $name"
    for component in kubelet containerd bare-containerd; do
      end_process "$(machine_folder "$name")/run/$component.pid" TERM 5
    done
  done
  for name in $(machines); do end_machine "$name"; done
  for name in $(ip netns list | awk -v prefix="$namespace_prefix-" '$1 ~ "^" prefix "(internet|(node|vm)-[0-9]+)$" { print $1 }'); do
    ip netns delete "$name"
  done
  drop_host_link
  drop_cgroups
  # Images and certificates stay; logs stay until the next start.
  for name in "$state"/node-* "$state"/vm-*; do
    rm -rf "${name:?}"/{kubelet,lib,log,cni,run}
  done
  rm -rf "$state/control-plane"
}
