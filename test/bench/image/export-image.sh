#!/usr/bin/env bash
# export-image.sh IMAGE FOLDER: builds the product's image from dist/ and unpacks its archive there.
set -euo pipefail
program=scripts/bench
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"
. "$root/scripts/local-cluster/all.sh"
build_product "$1"
buildah_here push --quiet "$1" "docker-archive:$2/image.tar:$1"
tar -C "$2" -xf "$2/image.tar"
rm "$2/image.tar"
