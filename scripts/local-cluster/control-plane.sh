# etcd, API server, controller manager and scheduler: processes of node-1.
start_control_plane() {
  mkdir -p "$state/control-plane"
  start_etcd
  start_api_server
}

# Every start is a new cluster, so etcd need not survive a power cut.
start_etcd() {
  start_in node-1 etcd "$(command -v etcd)" --data-dir "$state/control-plane/etcd" --unsafe-no-fsync --log-level warn
}

start_api_server() {
  local data="$state/control-plane"
  cat > "$data/audit-policy.yaml" << 'EOF'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
EOF
  start_in node-1 kube-apiserver "$(command -v kube-apiserver)" \
    --advertise-address="$api_address" --etcd-servers=http://127.0.0.1:2379 \
    --service-cluster-ip-range="$(both "$service_cidr" "$service_cidr6")" --allow-privileged=true \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --client-ca-file="$pki/ca.crt" --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" \
    --kubelet-client-certificate="$pki/apiserver-kubelet.crt" --kubelet-client-key="$pki/apiserver-kubelet.key" \
    --kubelet-preferred-address-types=InternalIP \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-signing-key-file="$pki/sa.key" --service-account-key-file="$pki/sa.key" \
    --requestheader-client-ca-file="$pki/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
    --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key" \
    --audit-policy-file="$data/audit-policy.yaml" --audit-log-path="$logs/audit.log" \
    --audit-log-maxsize=200 --audit-log-maxbackup=2
}

# They give up when the API server does not know their rights yet, which it makes while it starts.
start_controllers() {
  start_in node-1 kube-controller-manager "$(command -v kube-controller-manager)" \
    --kubeconfig="$pki/controller-manager.kubeconfig" --leader-elect=false --use-service-account-credentials=true \
    --authentication-kubeconfig="$pki/controller-manager.kubeconfig" \
    --authorization-kubeconfig="$pki/controller-manager.kubeconfig" \
    --root-ca-file="$pki/ca.crt" --service-account-private-key-file="$pki/sa.key" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
    --kube-api-qps=200 --kube-api-burst=400 \
    --cluster-cidr="$(both "$pod_cidr" "$pod_cidr6")" --allocate-node-cidrs=true \
    --service-cluster-ip-range="$(both "$service_cidr" "$service_cidr6")"
  start_in node-1 kube-scheduler "$(command -v kube-scheduler)" \
    --kubeconfig="$pki/scheduler.kubeconfig" --leader-elect=false \
    --authentication-kubeconfig="$pki/scheduler.kubeconfig" --authorization-kubeconfig="$pki/scheduler.kubeconfig"
}

# as_admin ARGUMENT...: kubectl of the cluster's own version.
as_admin() { "$(module_folder kubernetes)/kubectl" --kubeconfig "$pki/admin.kubeconfig" "$@"; }

api_ready() { curl -fsS -m 5 --cacert "$pki/ca.crt" "https://$api_address:6443/readyz"; }
