# The internet simulator: a machine that answers for every address that is not the cluster's.
start_internet() {
  local folder
  folder="$(machine_folder internet)"
  make_machine internet "$local/machine-init.sh"
  make_link
  : > "$logs/internet-access.log"
  start_in internet internet "$(command -v internet)" --ca-cert="$internet_ca/ca.crt" --ca-key="$internet_ca/ca.key" \
    --access-log="$logs/internet-access.log" --ready-file="$folder/run/internet.ready"
  wait_for internet 30 test -e "$folder/run/internet.ready"
}
