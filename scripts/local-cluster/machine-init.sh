# First process of a machine. Lays out its mounts, says who it is, and then only collects the processes that end.
set -euo pipefail
name="$1" folder="$2"
hostname "$name"
# What is mounted here later (pods' volumes) reaches the containers that ask for propagation, but not the host.
mount --make-rshared /
mount --bind /proc "$folder/host-proc"
# As a peer of /proc it would get the machine's own /proc, too.
mount --make-private "$folder/host-proc"
read -r stat < "$folder/host-proc/self/stat"
read -r -a fields <<< "${stat##*) }"
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/netns
if [ "$name" != internet ]; then
  for path in log lib/kubelet lib/cni; do
    mkdir -p "$folder/$path" "/var/$path"
    mount --bind "$folder/$path" "/var/$path"
  done
  mount --make-rshared /
fi
echo "${stat%% *} ${fields[19]}" > "$folder/init.pid.new"
mv "$folder/init.pid.new" "$folder/init.pid"
# bash reaps what its children leave behind, as a first process must.
while :; do
  sleep 3600 &
  wait $! || true
done
