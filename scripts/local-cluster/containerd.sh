# containerd of a node. Its images stay from one start to the next; its containers do not.
start_containerd() {
  local node="$1" folder
  folder="$(machine_folder "$node")"
  mkdir -p "$folder/cni"
  containerd_config "$node" > "$folder/containerd.toml"
  forget_containers "$node"
  start_in "$node" containerd "$(command -v containerd)" --config "$folder/containerd.toml"
  wait_for "$node/containerd" 60 ctr_of "$node" version
}

# restart_containerd NODE VARIABLE=VALUE...: with this environment, as after a systemd drop-in. Its pods run on: each has
# a shim, which is a process of its own.
restart_containerd() {
  local node="$1" folder
  shift
  folder="$(machine_folder "$node")"
  end_process "$folder/run/containerd.pid" TERM 20
  start_in "$node" containerd env "$@" "$(command -v containerd)" --config "$folder/containerd.toml"
  wait_for "$node/containerd" 60 ctr_of "$node" version
}

ctr_of() {
  local node="$1"
  shift
  ctr --address "$(machine_folder "$node")/containerd.sock" --namespace k8s.io "$@"
}

containerd_config() {
  local folder
  folder="$(machine_folder "$1")"
  cat << EOF
version = 2
root = "$folder/containerd"
state = "/run/containerd"
[grpc]
address = "$folder/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "localhost/pause:dev"
# Lowering oom_score_adj can be refused, for instance where the cluster runs inside a container.
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "$folder/cni/bin"
conf_dir = "$folder/cni"
EOF
}

# With its CRI part on, containerd would take up the containers of the former cluster, and the kubelet would mourn them.
forget_containers() {
  local node="$1" folder containers
  folder="$(machine_folder "$node")"
  [ -e "$folder/containerd/io.containerd.metadata.v1.bolt/meta.db" ] || return 0
  { echo 'disabled_plugins = ["io.containerd.grpc.v1.cri"]'; cat "$folder/containerd.toml"; } > "$folder/bare.toml"
  start_in "$node" bare-containerd "$(command -v containerd)" --config "$folder/bare.toml"
  wait_for "$node/containerd" 60 ctr_of "$node" version
  mapfile -t containers < <(ctr_of "$node" containers list --quiet)
  if ((${#containers[@]})); then ctr_of "$node" containers delete "${containers[@]}" > /dev/null 2>&1 || true; fi
  end_process "$folder/run/bare-containerd.pid" TERM 5
  rm -rf "$folder/containerd/io.containerd.grpc.v1.cri" "$folder/containerd/io.containerd.runtime.v2.task"
}
