# A machine of the local cluster (a node, or the internet simulator) is a set of namespaces: network, mounts, processes, host name.
# Its first process holds them: when that one ends, the kernel ends every process of the machine, and with them go its
# mounts and, once its name is deleted, its interfaces and iptables rules. So nothing can be left behind on the host.

machine_folder() { printf '%s/%s' "$state" "$1"; }
namespace_of() { printf '%s-%s' "$namespace_prefix" "$1"; }

# make_machine NAME PREPARE: runs the script PREPARE as the first process, with the machine's folder as its argument.
make_machine() {
  local name="$1" prepare="$2" folder
  folder="$(machine_folder "$name")"
  mkdir -p "$folder/run" "$folder/host-proc" "$logs"
  ip netns add "$(namespace_of "$name")"
  if dual_stack; then quick_addresses in_namespace "$name"; fi
  ip -n "$(namespace_of "$name")" link set lo up
  # setsid: the terminal's Ctrl-C must not reach the cluster. 9 is the lock of scripts/cluster.
  setsid nsenter --net="/run/netns/$(namespace_of "$name")" \
    unshare --mount --propagation slave --pid --fork --uts \
    bash "$prepare" "$name" "$folder" > "$logs/$name.log" 2>&1 < /dev/null 9>&- &
  disown
  wait_for "machine $name" 30 test -s "$folder/init.pid"
}

# in_machine NAME COMMAND...: runs it there and waits for it.
in_machine() {
  local pid folder
  folder="$(machine_folder "$1")"
  shift
  read -r pid _ < "$folder/init.pid"
  nsenter --target "$pid" --net --mount --pid --uts -- "$@"
}

# start_in NAME COMPONENT COMMAND...: leaves it running there; its output goes to logs/NAME-COMPONENT.log.
start_in() {
  local name="$1" component="$2" folder
  folder="$(machine_folder "$name")"
  shift 2
  # The shell in between ends immediately, so that the component becomes a child of the machine's first process.
  # shellcheck disable=SC2016 # the inner shell expands these
  in_machine "$name" bash -c 'log="$1"; shift; setsid bash "$@" > "$log" 2>&1 < /dev/null &' bash \
    "$logs/$name-$component.log" "$local/machine-start.sh" "$folder/run/$component.pid" "$folder/host-proc" "$@" 9>&-
  wait_for "$name/$component" 20 test -s "$folder/run/$component.pid"
}

end_machine() {
  local name="$1" folder
  folder="$(machine_folder "$name")"
  end_process "$folder/init.pid" KILL 5
  rm -rf "$folder/run"
  if [ -e "/run/netns/$(namespace_of "$name")" ]; then ip netns delete "$(namespace_of "$name")"; fi
}

machines() {
  local file
  for file in "$state"/*/init.pid; do
    if [ -e "$file" ]; then basename "$(dirname "$file")"; fi
  done
}

# whole: every process that was started is still there.
whole() {
  local name file found=1
  for name in $(machines); do
    for file in "$(machine_folder "$name")"/{init,run/*}.pid; do
      if [ -e "$file" ] && ! running "$file"; then
        say "$name: $(basename "$file" .pid) has ended"
        return 1
      fi
      found=0
    done
  done
  return "$found"
}
