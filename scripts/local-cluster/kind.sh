# The internet simulator as a container on kind's network, and a kind cluster that knows the way to it.
kind_name=kube-egress
internet_container=kube-egress-internet

kind_prerequisites() {
  local tool missing=''
  for tool in docker kind kubectl go openssl; do
    command -v "$tool" > /dev/null || missing+=" $tool"
  done
  [ -z "$missing" ] || die "missing:$missing"
  docker info > /dev/null 2>&1 || die 'the Docker daemon does not answer (docker info)'
}

kind_up() {
  local count="$1" image="$2"
  mkdir -p "$logs"
  build_module internet .
  make_ca "$internet_ca/ca" '/O=kube-egress/CN=The internet simulator'
  if ! kind get clusters 2> /dev/null | grep -x "$kind_name" > /dev/null; then
    kind_config "$count" > "$state/kind.yaml"
    with_progress 'creating the kind cluster' "$logs/kind.log" \
      kind create cluster --name "$kind_name" --wait 120s --config "$state/kind.yaml"
  fi
  kind_internet
  kind_dns
  kind_client
  if [ -n "$image" ]; then
    with_progress "loading $image" "$logs/load.log" kind load docker-image --name "$kind_name" "$image"
  fi
  say "up; the context is kind-$kind_name"
}

kind_down() {
  docker rm -f "$internet_container" > /dev/null 2>&1 || true
  kind delete cluster --name "$kind_name"
}

kind_config() {
  local number
  printf 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n'
  for number in $(seq 2 "$1"); do printf -- '- role: worker # %s\n' "$number"; done
}

# The container takes every packet to the internet's range; the nodes get a route to it (again after each restart).
kind_internet() {
  local address node
  docker rm -f "$internet_container" > /dev/null 2>&1 || true
  docker run --detach --name "$internet_container" --network kind --cap-add NET_ADMIN \
    --volume "$(module_folder internet):/internet:ro" --volume "$internet_ca:/ca:ro" debian:bookworm-slim sh -ec '
      command -v ip > /dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends iproute2; }
      ip route add local 203.0.113.0/24 dev lo
      exec /internet/internet --ca-cert=/ca/ca.crt --ca-key=/ca/ca.key --ready-file=/ready' > /dev/null
  wait_for 'the internet' 120 docker exec "$internet_container" test -e /ready
  address="$(docker inspect --format '{{.NetworkSettings.Networks.kind.IPAddress}}' "$internet_container")"
  for node in $(kind get nodes --name "$kind_name"); do
    docker exec "$node" ip route replace 203.0.113.0/24 via "$address"
  done
}

kind_dns() {
  local kubectl=(kubectl --context "kind-$kind_name" --namespace kube-system)
  api_address="$("${kubectl[@]}" get nodes -o jsonpath='{.items[0].status.addresses[?(@.type=="InternalIP")].address}')"
  corefile > "$state/Corefile"
  "${kubectl[@]}" create configmap coredns --from-file=Corefile="$state/Corefile" --dry-run=client -o yaml |
    "${kubectl[@]}" apply -f - > /dev/null
  "${kubectl[@]}" rollout restart deployment/coredns > /dev/null
  "${kubectl[@]}" rollout status deployment/coredns --timeout=120s > /dev/null
}

kind_client() {
  local image=localhost/egress-client:dev
  cat > "$state/client.Dockerfile" << 'EOF'
FROM debian:bookworm-slim
RUN mkdir -p /usr/share/man/man1 && apt-get update && \
    apt-get install -y --no-install-recommends curl ca-certificates openssl python3 bind9-dnsutils iproute2 \
    netcat-openbsd socat procps default-jre-headless && rm -rf /var/lib/apt/lists/*
COPY ca.crt /usr/local/share/ca-certificates/internet.crt
RUN update-ca-certificates
EOF
  with_progress "building $image" "$logs/client.log" \
    docker build --tag "$image" --file "$state/client.Dockerfile" "$internet_ca"
  with_progress "loading $image" "$logs/load.log" kind load docker-image --name "$kind_name" "$image"
}
