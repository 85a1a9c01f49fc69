# A node: a machine with containerd, kubelet, kube-proxy and the policy engine.
make_node() {
  local number="$1" node="node-$1"
  say "starting $node"
  make_cgroups "$node"
  make_machine "$node" "$local/machine-init.sh"
  plug_node "$number"
}

# Before the kubelet starts: with the pod range known beforehand the node is ready immediately.
register_node() {
  make_certificate "node-$1" ca "/O=system:nodes/CN=system:node:node-$1"
  make_client "node-$1" "/O=system:nodes/CN=system:node:node-$1"
  write_cni_config "$1"
  as_admin apply -f - > /dev/null << EOF
apiVersion: v1
kind: Node
metadata: {name: node-$1, labels: {kubernetes.io/hostname: node-$1}}
spec: {podCIDR: $(pods_of "$1"), podCIDRs: [$(both "$(pods_of "$1")" "$(pods6_of "$1")" | sed 's/[^,]*/"&"/g')]}
EOF
}

# node_off NODE: its processes, its network and its disk go. What its containers had printed stays, for who reads it.
node_off() {
  end_machine "$1"
  rm -rf "$(machine_folder "$1")"/{kubelet,lib,cni}
}

start_node_agents() {
  local number="$1" node="node-$1" folder
  folder="$(machine_folder "$node")"
  kubelet_config "$node" > "$folder/kubelet.yaml"
  kube_proxy_config "$node" > "$folder/kube-proxy.yaml"
  echo "nameserver $dns_address" > "$folder/resolv.conf"
  start_policy "$node"
  start_kube_proxy "$node"
  start_kubelet "$number"
}

start_kube_proxy() {
  start_in "$1" kube-proxy "$(command -v kube-proxy)" --config="$(machine_folder "$1")/kube-proxy.yaml"
}

start_kubelet() {
  local number="$1" node="node-$1"
  start_in "$node" kubelet "$(command -v kubelet)" --config="$(machine_folder "$node")/kubelet.yaml" \
    --kubeconfig="$pki/$node.kubeconfig" --hostname-override="$node" \
    --node-ip="$(both "$(node_address "$number")" "$(node_address6 "$number")")"
}

kubelet_config() {
  local folder
  folder="$(machine_folder "$1")"
  cat << EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: "$pki/ca.crt"}}
authorization: {mode: Webhook}
clusterDNS: [$dns_address]
clusterDomain: cluster.local
containerRuntimeEndpoint: unix://$folder/containerd.sock
resolvConf: $folder/resolv.conf
cgroupRoot: /$cgroup/$1
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
localStorageCapacityIsolation: false
enforceNodeAllocatable: []
maxPods: 200
# kubectl logs reads a container's newest file alone, and some tests fill the usual 10Mi while others read.
containerLogMaxSize: 100Mi
# Images come from this machine only: one that was thrown away would be gone.
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
EOF
}

kube_proxy_config() {
  cat << EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
hostnameOverride: $1
clientConnection: {kubeconfig: "$pki/kube-proxy.kubeconfig"}
clusterCIDR: $(both "$pod_cidr" "$pod_cidr6")
detectLocalMode: ClusterCIDR
# The conntrack limits belong to the host; a network namespace cannot set them.
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
EOF
}
