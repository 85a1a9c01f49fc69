# Becomes a component inside a machine: records who it is as the host sees it, then executes the command.
set -euo pipefail
file="$1" host_proc="$2"
shift 2
read -r stat < "$host_proc/self/stat"
read -r -a fields <<< "${stat##*) }"
echo "${stat%% *} ${fields[19]}" > "$file.new"
mv "$file.new" "$file"
exec "$@"
