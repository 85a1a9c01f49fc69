# Sourced by scripts/cluster and scripts/image: every part of the local cluster. Expects $root.
. "$root/scripts/local-cluster/say.sh"
. "$root/scripts/local-cluster/settings.sh"
. "$root/scripts/local-cluster/ip-family.sh"
for part in prerequisites build processes machine network certificates control-plane cgroups containerd cni policy \
  node dns internet vm images product-image component start stop status; do
  . "$local/$part.sh"
done
