# Pod network of a node. ptp gives each pod a link of its own, so that every packet of a pod crosses FORWARD or INPUT
# of its node, where the policy engine looks; on a bridge, neighbours would talk past it.
write_cni_config() {
  local number="$1" folder ranges routes
  folder="$(machine_folder "node-$number")/cni"
  mkdir -p "$folder/bin"
  ln -sf /usr/lib/cni/* "$folder/bin/"
  ln -sf "$local/pod-link.sh" "$folder/bin/pod-link"
  ranges="[{\"subnet\": \"$(pods_of "$number")\"}]" routes='{"dst": "0.0.0.0/0"}'
  if dual_stack; then
    ranges+=", [{\"subnet\": \"$(pods6_of "$number")\"}]" routes+=', {"dst": "::/0"}'
  fi
  cat > "$folder/10-pods.conflist" << EOF
{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [
    {
      "type": "pod-link", "ipMasq": false, "mtu": 1500,
      "ipam": {
        "type": "host-local", "dataDir": "/run/cni-addresses",
        "ranges": [$ranges], "routes": [$routes]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
EOF
}
