# NetworkPolicies. The kernel asks the policy engine about every new connection; without an answer it drops the packet.
# The rule is in the mangle table: there a Service's address is already an endpoint's, and kube-proxy, which puts
# its own rules first in the filter table and accepts there, has not spoken yet.
policy_chain=KUBE-EGRESS-POLICY

start_policy() {
  local node="$1"
  policy_iptables "$node" -N "$policy_chain"
  policy_iptables "$node" -A FORWARD -m conntrack --ctstate NEW -j "$policy_chain"
  # A pod's link-local address is no pod's address to any policy. Neighbour discovery has no state, so it is let through.
  if dual_stack; then
    in_machine "$node" ip6tables -w 30 -t mangle -A INPUT -i veth+ -s fe80::/10 -m conntrack --ctstate NEW -j DROP
  fi
  policy_iptables "$node" -A INPUT -i veth+ -m conntrack --ctstate NEW -j "$policy_chain"
  policy_on "$node"
  start_policy_engine "$node"
}

# Returns when it knows all policies.
start_policy_engine() {
  local node="$1" folder
  folder="$(machine_folder "$node")"
  rm -f "$folder/run/policy.ready"
  start_in "$node" policy "$(command -v policy)" --kubeconfig="$pki/policy.kubeconfig" --node="$node" \
    --pod-cidrs="$(both "$pod_cidr" "$pod_cidr6")" --ready-file="$folder/run/policy.ready"
  wait_for "$node/policy" 60 test -e "$folder/run/policy.ready"
}

policy_iptables() {
  local node="$1"
  shift
  in_machine "$node" iptables -w 30 -t mangle "$@"
  if dual_stack; then in_machine "$node" ip6tables -w 30 -t mangle "$@"; fi
}

policy_on() {
  policy_off "$1"
  policy_iptables "$1" -A "$policy_chain" -j NFQUEUE --queue-num 100
}

policy_off() { policy_iptables "$1" -F "$policy_chain"; }

policy_is_on() { [[ "$(policy_iptables "$1" -S "$policy_chain")" == *NFQUEUE* ]]; }

# What the engine reads.
policy_access() {
  cat << 'EOF'
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "kube-egress:policy"}
rules:
- {apiGroups: [""], resources: [pods, namespaces, nodes], verbs: [list, watch]}
- {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "kube-egress:policy"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "kube-egress:policy"}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "kube-egress:policy"}]
EOF
}
