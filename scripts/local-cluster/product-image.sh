# The product's image, built from the Dockerfile at the top with a Debian that debootstrap made.
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
    buildah_here bud --isolation chroot --layers --pull=never --format docker --build-arg "BASE=$base_image" \
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
    image_from_folder "$base_image" "$folder" '[]' "$image_cache/base.tar"
  rm -f "$image_cache/base.tar" "$cache/buildah"/base-*
  touch "$label"
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
