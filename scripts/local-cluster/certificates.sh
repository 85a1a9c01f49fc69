# Keys and certificates. They are kept from one start to the next, so that a kubeconfig stays good.
pki="$state/pki"
internet_ca="$cache/internet-ca"

# make_ca FOLDER/NAME SUBJECT
make_ca() {
  [ ! -s "$1.crt" ] || return 0
  mkdir -p "$(dirname "$1")"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "$2" \
    -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$1.key" -out "$1.new" 2> /dev/null
  mv "$1.new" "$1.crt"
}

# make_certificate NAME CA SUBJECT [SUBJECT-ALTERNATIVE-NAMES]: with names it serves, without it is a client's.
make_certificate() {
  local name="$pki/$1" ca="$pki/$2" subject="$3" names="${4:-}" extensions='extendedKeyUsage=clientAuth'
  [ ! -s "$name.crt" ] || return 0
  if [ -n "$names" ]; then extensions="extendedKeyUsage=serverAuth,clientAuth"$'\n'"subjectAltName=$names"; fi
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$subject" -keyout "$name.key" 2> /dev/null |
    openssl x509 -req -days 3650 -CA "$ca.crt" -CAkey "$ca.key" -CAcreateserial \
      -extfile <(printf 'keyUsage=critical,digitalSignature\n%s\n' "$extensions") -out "$name.new" 2> /dev/null
  mv "$name.new" "$name.crt"
}

make_certificates() {
  mkdir -p "$pki"
  chmod 700 "$pki"
  make_ca "$pki/ca" /CN=kube-egress-cluster
  make_ca "$pki/front-proxy-ca" /CN=front-proxy
  make_ca "$internet_ca/ca" "/O=kube-egress/CN=The internet simulator"
  make_certificate apiserver ca /CN=kube-apiserver \
    "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$api_address,IP:$api_service_address"
  make_certificate apiserver-kubelet ca /O=system:masters/CN=kube-apiserver-kubelet-client
  make_certificate front-proxy front-proxy-ca /CN=front-proxy-client
  make_client admin /O=system:masters/CN=admin
  make_client controller-manager /CN=system:kube-controller-manager
  make_client scheduler /CN=system:kube-scheduler
  make_client kube-proxy /CN=system:kube-proxy
  make_client policy /CN=kube-egress:policy
  if [ ! -s "$pki/sa.key" ]; then
    openssl genrsa -out "$pki/sa.new" 2048 2> /dev/null
    mv "$pki/sa.new" "$pki/sa.key"
  fi
  cp "$internet_ca/ca.crt" "$state/internet-ca.crt"
}

# make_client NAME SUBJECT: a certificate and the kubeconfig that carries it.
make_client() {
  make_certificate "$1" ca "$2"
  [ ! -s "$pki/$1.kubeconfig" ] || return 0
  cat > "$pki/$1.new" << EOF
apiVersion: v1
kind: Config
clusters:
- name: kube-egress
  cluster:
    server: https://$api_address:6443
    certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
users:
- name: $1
  user:
    client-certificate-data: $(base64 -w0 "$pki/$1.crt")
    client-key-data: $(base64 -w0 "$pki/$1.key")
contexts:
- name: kube-egress
  context: {cluster: kube-egress, user: $1}
current-context: kube-egress
EOF
  chmod 600 "$pki/$1.new"
  mv "$pki/$1.new" "$pki/$1.kubeconfig"
}
