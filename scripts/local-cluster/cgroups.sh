# Each kubelet owns a subtree of cgroups: two on one root would end each other's pods.
make_cgroups() {
  local controller folder
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    for folder in /sys/fs/cgroup "/sys/fs/cgroup/$cgroup" "/sys/fs/cgroup/$cgroup/$1"; do
      mkdir -p "$folder"
      for controller in cpu cpuset io memory pids hugetlb; do
        echo "+$controller" > "$folder/cgroup.subtree_control" 2> /dev/null || true
      done
    done
    return
  fi
  for controller in /sys/fs/cgroup/*/; do
    mountpoint -q "$controller" || continue
    for folder in "$controller/$cgroup" "$controller/$cgroup/$1"; do
      mkdir -p "$folder"
      # A cpuset starts empty, and no process may enter an empty one.
      if [ -e "$folder/cpuset.mems" ]; then
        cat "$folder/../cpuset.cpus" > "$folder/cpuset.cpus"
        cat "$folder/../cpuset.mems" > "$folder/cpuset.mems"
      fi
    done
  done
}

drop_cgroups() {
  local attempt
  # The kernel lets go of a cgroup a moment after its last process.
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    find /sys/fs/cgroup -maxdepth 2 -type d -name "$cgroup" -prune -exec find {} -depth -type d -delete \; 2> /dev/null || true
    [ -n "$(find /sys/fs/cgroup -maxdepth 2 -type d -name "$cgroup" -print -quit)" ] || return 0
    sleep 0.1
  done
  say "some cgroups below $cgroup are still busy after $attempt attempts; the next start takes them up"
}
