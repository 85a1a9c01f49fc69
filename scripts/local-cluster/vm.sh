# The virtual machines of the GKE article: each runs the Squid of manifests/examples/intra-proxy/vm-squid.conf, the very
# file, at a private address. The internet simulator is their way out, as it is the nodes'.
vms='1 2'
vm_address() { printf '10.200.0.5%s' "$(($1 - 1))"; }

start_vm() {
  local number="$1" vm="vm-$1" folder namespace
  folder="$(machine_folder "$vm")"
  namespace="$(namespace_of "$vm")"
  make_machine "$vm" "$local/machine-init.sh"
  ip link add "$vm" netns "$(namespace_of internet)" type veth peer name eth0 netns "$namespace"
  ip -n "$(namespace_of internet)" link set "$vm" master switch up
  ip -n "$(namespace_of internet)" route add "$(vm_address "$number")" dev switch
  ip -n "$namespace" address add "$(vm_address "$number")/32" dev eth0
  ip -n "$namespace" link set eth0 up
  ip -n "$namespace" route add "$internet_address" dev eth0
  ip -n "$namespace" route add default via "$internet_address"
  vm_names > "$folder/hosts"
  in_machine "$vm" mount --bind "$folder/hosts" /etc/hosts
  start_vm_squid "$number"
}

# What a VM resolves; the cluster's DNS is not its own. Names of its list, and some that it refuses.
vm_names() {
  local microsoft
  microsoft="$(awk '$1 == "microsoft.com" { print $2 }' "$local/zones.txt")"
  echo '127.0.0.1 localhost'
  echo "$microsoft login.microsoftonline.com login.microsoft.com device.login.microsoftonline.com"
  echo "$(awk '$1 == "example.com" { print $2 }' "$local/zones.txt") www.example.com"
}

start_vm_squid() {
  local vm="vm-$1" log
  log="$(machine_folder "$vm")/log/squid"
  mkdir -p "$log"
  chown proxy:proxy "$log"
  # What a killed Squid leaves behind; its name keeps the shared memory of two apart.
  in_machine "$vm" rm -f "/run/vm${instance}x$1.pid"
  start_in "$vm" squid "$(command -v squid)" -N -n "vm${instance}x$1" -f "$root/manifests/examples/intra-proxy/vm-squid.conf"
  wait_for "the parent proxy of $vm" 30 vm_answers "$1"
}

vm_answers() {
  in_machine "vm-$1" bash -c "exec 3<> /dev/tcp/$(vm_address "$1")/3128"
}

# Kills the parent proxy as a crash would.
stop_vm_squid() {
  local file
  file="$(machine_folder "vm-$1")/run/squid.pid"
  if [ -e "$file" ]; then end_process "$file" KILL 5; fi
  rm -f "$file"
}
