# Sourced after scripts/prepare.sh: command line tools that a new machine may lack.

# The cluster's own kubectl where the machine has none.
need_kubectl() {
  command -v kubectl > /dev/null || PATH="$PATH:$(scripts/cluster binaries)"
  export PATH
}

# The C compiler of the relay (src/relay), with a C library to link statically.
need_compiler() {
  ! command -v "${CC:-gcc}" > /dev/null || return 0
  echo '==> apt-get install gcc libc6-dev' >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev > /dev/null
}

# The Squid that the image has, for the tests that talk to it without a cluster. Its service stays off.
need_squid() {
  ! command -v squid > /dev/null || return 0
  echo '==> apt-get install squid-openssl iproute2' >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends squid-openssl iproute2 > /dev/null
}

# The browser of the page tests (test/chromium), with a font.
need_chromium() {
  ! command -v chromium > /dev/null || return 0
  echo '==> apt-get install chromium fonts-dejavu-core' >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core > /dev/null
}

# use_context NAME: every kubectl from here on talks to that context of the user's kubeconfig, whose own choice of a
# current context stays as it is.
use_context() {
  local file
  file="$(mktemp)"
  kubectl config view --minify --flatten --context "$1" > "$file"
  export KUBECONFIG="$file"
}
