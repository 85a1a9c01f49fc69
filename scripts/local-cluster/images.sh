# Images of the cluster's own: built from Debian's archive and from the binaries, without a registry. An image is kept
# as an archive under the hash of what makes it.
image_cache="$cache/images"
pause_image=localhost/pause:dev
dns_image=localhost/coredns:dev
client_image=localhost/egress-client:dev
cert_manager_image=localhost/cert-manager:dev
base_image=localhost/kube-egress-base:trixie
debian_suite=trixie

base_packages=squid-openssl,goaccess,ca-certificates,iproute2,nftables
client_packages=curl,ca-certificates,openssl,python3,bind9-dnsutils,iproute2,netcat-openbsd,socat,procps,default-jre-headless

buildah_here() {
  buildah --root "$cache/buildah/storage" --runroot "$cache/buildah/run" --storage-driver "$(storage_driver)" "$@"
}

# overlay cannot lie on overlay, which is what a container's file system often is.
storage_driver() {
  if [ "$(stat -f -c %T "$cache")" = overlayfs ]; then printf vfs; else printf overlay; fi
}

hash_of() { sha256sum | cut -c1-16; }

# debian_root NAME PACKAGES: prints the folder of a minimal Debian with the packages.
debian_root() {
  local name="$1" packages="$2" folder mirror
  folder="$cache/debian/$name-$(printf '%s' "$debian_suite $packages" | hash_of)"
  printf '%s' "$folder"
  [ ! -d "$folder" ] || return 0
  rm -rf "$folder.new"
  mkdir -p "$cache/debian"
  mirror="$(debian_mirror)"
  # Java's packages make links in the folder of the manual pages, which are left out.
  # shellcheck disable=SC2016 # mmdebstrap expands $1
  with_progress "Debian $debian_suite for the $name image" "$cache/logs/debian-$name.log" \
    mmdebstrap --essential-hook='mkdir -p "$1/usr/share/man/man1"' --variant=minbase --include="$packages" --aptopt='Acquire::Retries "3"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' "$debian_suite" "$folder.new" ${mirror:+"$mirror"}
  mv "$folder.new" "$folder"
}

# The mirror that this machine's apt uses already; nothing when apt names none: mmdebstrap has a default.
debian_mirror() {
  # shellcheck disable=SC2016 # apt-get expands these
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 2> /dev/null |
    awk -v own="$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")" \
      '$2 == own || $2 == "stable" { if (!seen++) print $1 }' || true
}

# archive_image NAME KEY BUILD...: makes $image_cache/NAME-KEY.tar by BUILD, which gets the archive's path; prints it.
archive_image() {
  local name="$1" key="$2" archive="$image_cache/$1-$2.tar"
  shift 2
  printf '%s' "$archive"
  [ ! -s "$archive" ] || return 0
  mkdir -p "$image_cache"
  rm -f "$image_cache/$name-"*.tar
  with_progress "building the image $name" "$cache/logs/image-$name.log" "$@" "$archive.new"
  mv "$archive.new" "$archive"
}

# image_from_files IMAGE SOURCE ENTRYPOINT ARCHIVE: of one file, or of what is in a folder.
image_from_files() {
  local image="$1" source="$2" entrypoint="$3" archive="$4" container
  container="$(buildah_here from scratch)" &&
    buildah_here copy --quiet "$container" "$source" / &&
    buildah_here config --entrypoint "$entrypoint" --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container" &&
    buildah_here commit --quiet --rm "$container" "$image" &&
    rm -f "$archive" && buildah_here push --quiet "$image" "docker-archive:$archive:$image"
}

pause_archive() {
  archive_image pause "$(hash_of < "$local/tools/pause/main.go")" build_pause
}

build_pause() {
  local folder
  folder="$(mktemp -d)"
  (cd "$local/tools/pause" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$folder/pause" .) &&
    image_from_files "$pause_image" "$folder" '["/pause"]' "$1" && rm -rf "$folder"
}

dns_archive() {
  local folder
  folder="$(module_folder network)"
  archive_image coredns "$(basename "$folder" | hash_of)" image_from_files "$dns_image" "$folder/coredns" '["/coredns"]'
}

cert_manager_archive() {
  local folder
  folder="$(module_folder cert-manager)"
  archive_image cert-manager "$(basename "$folder" | hash_of)" \
    image_from_files "$cert_manager_image" "$folder/cert-manager" '["/cert-manager"]'
}

client_archive() {
  local folder key
  folder="$(debian_root client "$client_packages")"
  key="$({ echo "$folder"; cat "$internet_ca/ca.crt"; } | hash_of)"
  archive_image egress-client "$key" build_client "$folder"
}

# The internet simulator's CA is in the trust stores of OpenSSL and Java, so that curl and the JVM need no option.
build_client() {
  mkdir -p "$1/usr/local/share/ca-certificates"
  cp "$internet_ca/ca.crt" "$1/usr/local/share/ca-certificates/internet.crt"
  in_root "$1" update-ca-certificates --fresh
  image_from_files "$client_image" "$1" '[]' "$2"
}

# in_root FOLDER COMMAND...: inside the folder, with /proc, which Java and Debian's triggers need.
in_root() {
  local folder="$1" code=0
  shift
  mount -t proc proc "$folder/proc"
  chroot "$folder" "$@" || code=$?
  umount "$folder/proc"
  return "$code"
}

# load_archive NODE ARCHIVE [REFRESH]: an archive that the node has taken already is not taken again.
load_archive() {
  local node="$1" archive="$2" mark
  mark="$(machine_folder "$node")/containerd/loaded-$(basename "$archive" .tar)"
  if [ "${3:-}" != refresh ] && [ -e "$mark" ]; then return 0; fi
  with_progress "loading $(basename "$archive" .tar) into $node" "$logs/$node-load.log" \
    ctr_of "$node" images import "$archive"
  touch "$mark"
}

load_cluster_images() {
  local archive
  for archive in "$(pause_archive)" "$(dns_archive)" "$(client_archive)"; do
    load_archive "$1" "$archive"
  done
}

# copy_images FROM TO: what pods run from. A node keeps the images of every build that it ever had: all of them would
# take minutes.
copy_images() {
  local from="$1" to="$2" image kept present
  kept="$(ctr_of "$from" images list --quiet)"
  present="$(ctr_of "$to" images list --quiet)"
  for image in $(as_admin get pods -A -o jsonpath='{.items[*].spec.containers[*].image} {.items[*].spec.initContainers[*].image}' |
    tr ' ' '\n' | sort -u); do
    if grep -qxF "$image" <<< "$present" || ! grep -qxF "$image" <<< "$kept"; then continue; fi
    with_progress "copying $image to $to" "$logs/$to-load.log" copy_image "$from" "$to" "$image"
  done
}

# The kubelet finds an image by its name only: under another one its content stays.
image_off() {
  ctr_of "$1" images tag --force "$2" "localhost/hidden/$2" > /dev/null && ctr_of "$1" images remove "$2" > /dev/null
}

image_on() {
  ctr_of "$1" images tag --force "localhost/hidden/$2" "$2" > /dev/null && ctr_of "$1" images remove "localhost/hidden/$2" > /dev/null
}

copy_image() { ctr_of "$1" images export - "$3" | ctr_of "$2" images import - > /dev/null; }
