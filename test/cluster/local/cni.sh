# Pod network of a node. ptp gives each pod a link of its own, so that every packet of a pod crosses FORWARD or INPUT
# of its node, where the policy engine looks; on a bridge, neighbours would talk past it.
write_cni_config() {
  local number="$1"
  cat > "$(machine_folder "node-$number")/cni/10-pods.conflist" << EOF
{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [
    {
      "type": "ptp", "ipMasq": false, "mtu": 1500,
      "ipam": {
        "type": "host-local", "dataDir": "/run/cni-addresses",
        "ranges": [[{"subnet": "$(pods_of "$number")"}]], "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
EOF
}
