# A process is known by a file with its id and its start time: an id alone may belong to another process by now.
start_time() {
  local stat fields
  stat="$(cat "/proc/$1/stat" 2>/dev/null)" || return 1
  # The command name may hold spaces and parentheses; what follows the last one is regular.
  read -r -a fields <<< "${stat##*) }"
  printf '%s' "${fields[19]}"
}

# running FILE: whether the process of FILE is still there.
running() {
  local pid time
  [ -s "$1" ] || return 1
  read -r pid time < "$1"
  [ -n "$time" ] && [ "$(start_time "$pid")" = "$time" ]
}

# end_process FILE SIGNAL SECONDS: asks it to end, kills it when it has not in time, and waits until it is gone.
end_process() {
  local file="$1" signal="$2" tenths=$(($3 * 10)) pid
  if running "$file"; then
    read -r pid _ < "$file"
    kill "-$signal" "$pid" 2>/dev/null || true
    while running "$file"; do
      if ((tenths-- <= 0)); then kill -KILL "$pid" 2>/dev/null || true; fi
      ((tenths > -300)) || die "process $pid ($(basename "$file" .pid)) does not end"
      sleep 0.1
    done
  fi
  rm -f "$file"
}
