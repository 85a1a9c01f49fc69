# The world outside: a machine that answers for every address that is not the cluster's.
start_world() {
  local folder
  folder="$(machine_folder world)"
  make_machine world "$local/machine-init.sh"
  make_link
  : > "$logs/world-access.log"
  start_in world world "$(command -v world)" --ca-cert="$world_ca/ca.crt" --ca-key="$world_ca/ca.key" \
    --access-log="$logs/world-access.log" --ready-file="$folder/run/world.ready"
  wait_for world 30 test -e "$folder/run/world.ready"
}
