# Sourced after scripts/build/prepare.sh: command line tools that a new machine may lack.

# The cluster's own kubectl where the machine has none.
need_kubectl() {
  command -v kubectl > /dev/null || PATH="$PATH:$(scripts/cluster binaries)"
  export PATH
}

# need_command COMMAND PACKAGE...: the Debian packages that bring a command, where the machine lacks it. Their services
# stay off.
need_command() {
  ! command -v "$1" > /dev/null || return 0
  shift
  echo "==> apt-get install $*" >&2
  apt-get -o Acquire::Retries=3 update -qq
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -o Acquire::Retries=3 install -y -qq --no-install-recommends "$@" > /dev/null
}

# The C compiler of the relay (src/relay), with a C library to link statically.
need_compiler() { need_command "${CC:-gcc}" gcc libc6-dev; }

# The image's Squid, for the tests and benchmarks that talk to it without a cluster.
need_squid() {
  need_command ip iproute2
  PATH="$(scripts/cluster squid):$PATH"
  export PATH
}

# The browser of the page tests (test/support/chromium), with a font.
need_chromium() { need_command chromium chromium fonts-dejavu-core; }

# Prometheus' checker of rules. Debian's package takes half a minute; building it from its Go module took ten.
need_promtool() { need_command promtool prometheus; }

# use_context NAME: every kubectl from here on talks to that context of the user's kubeconfig, whose own choice of a
# current context stays as it is.
use_context() {
  local file
  file="$(mktemp)"
  kubectl config view --minify --flatten --context "$1" > "$file"
  export KUBECONFIG="$file"
}
