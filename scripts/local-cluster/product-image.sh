# The product's image, built from the Dockerfile at the top with a Debian that mmdebstrap made.
product_image_default=localhost/kube-egress:dev
product_archive="$image_cache/product$suffix.tar"

build_product() {
  local image="$1"
  [ -x "$root/dist/bin/node" ] || die 'dist/ is not built: npm run build'
  check_prerequisites
  mkdir -p "$image_cache"
  make_base_image
  # A layer that is there already is taken as it is: after a change in dist/ only the last one is made.
  with_progress "building $image" "$cache/logs/image-product.log" \
    buildah_here bud --isolation chroot --layers --pull=never --format docker --build-arg "BASE=$base_image" --target prebuilt \
    --ignorefile "$root/.dockerignore" --file "$root/Dockerfile" --tag "$image" "$root"
  drop_old_images
}

# make_base_image: in buildah's store under the folder's name as its label, so that another package list makes another.
make_base_image() {
  local folder label
  folder="$(debian_root base "$base_packages")"
  label="$cache/buildah/base-$(basename "$folder")"
  if [ -e "$label" ] && buildah_here inspect --type image "$base_image" > /dev/null 2>&1; then return; fi
  with_progress 'building the base image' "$cache/logs/image-base.log" \
    image_from_files "$base_image" "$folder" '[]' "$image_cache/base.tar"
  rm -f "$image_cache/base.tar" "$cache/buildah"/base-*
  touch "$label"
}

# squid_folder: prints a folder with `squid` as the image has it; this machine's own may be another version. Every user
# can read it, since the tests run Squid as the user of a proxy pod.
squid_folder() {
  local source folder
  source="$(debian_root base "$base_packages")"
  folder="/var/lib/kube-egress-squid/$(basename "$source")"
  if [ ! -x "$folder/squid" ]; then
    copy_squid "$source" "$folder.new"
    mv "$folder.new" "$folder"
  fi
  printf '%s' "$folder"
}

# copy_squid SOURCE FOLDER: with the loader and the libraries of its own Debian.
copy_squid() {
  local source="$1" folder="$2" loader
  rm -rf "$folder"
  install -d -m 755 "$(dirname "$folder")" "$folder" "$folder/lib"
  cp -L "$source/usr/sbin/squid-openssl" "$folder/lib/"
  chroot "$source" ldd /usr/sbin/squid-openssl | grep -o '/[^ ]*' | while read -r library; do
    cp -L "$source$library" "$folder/lib/"
  done
  loader="$(cd "$folder/lib" && echo ld-linux-*)"
  cat > "$folder/squid" << EOF
#!/bin/sh
lib=/var/lib/kube-egress-squid/$(basename "${folder%.new}")/lib
exec "\$lib/$loader" --argv0 squid --library-path "\$lib" "\$lib/squid-openssl" "\$@"
EOF
  chmod 755 "$folder/squid"
}

# Images without a name are former builds: they would fill the disk, but the newest ones are the layer cache.
drop_old_images() {
  local id
  buildah_here images --filter dangling=true --format '{{.ID}}' 2> /dev/null | tail -n +30 |
    while read -r id; do buildah_here rmi "$id" > /dev/null 2>&1 || true; done
}

# load_product IMAGE: into every node that is up.
load_product() {
  local image="$1" number
  [ -n "$(nodes)" ] || { say 'no cluster is up: nothing to load into'; return; }
  mkdir -p "$image_cache"
  rm -f "$product_archive"
  with_progress "exporting $image" "$cache/logs/image-export.log" \
    buildah_here push --quiet "$image" "docker-archive:$product_archive:$image"
  for number in $(nodes); do
    with_progress "loading $image into node-$number" "$logs/node-$number-load.log" \
      ctr_of "node-$number" images import "$product_archive"
  done
  rm -f "$product_archive"
}
