# What the operator sees: one line a step, on stderr, so that stdout stays for answers.
say() { printf '==> %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${program:-scripts/cluster}" "$*" >&2; exit 1; }

# with_progress WHAT LOG COMMAND...: runs COMMAND with its output in LOG; names what runs and for how long.
with_progress() {
  local what="$1" log="$2" started=$SECONDS shown=0 code=0 pid
  shift 2
  mkdir -p "$(dirname "$log")"
  say "$what"
  "$@" > "$log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.1
    if ((SECONDS - started >= shown + 10)); then
      shown=$((SECONDS - started))
      say "$what: $shown s"
    fi
  done
  wait "$pid" || code=$?
  if ((code != 0)); then
    tail -n 15 "$log" >&2
    die "$what failed (exit code $code); the whole log: $log"
  fi
  if ((SECONDS - started >= 2)); then say "$what: done in $((SECONDS - started)) s"; fi
}

# wait_for WHAT SECONDS COMMAND...: until COMMAND succeeds; ends the program when it does not in time. The limits are
# those of a machine whose other cluster is at work.
wait_for() {
  local what="$1" deadline=$((SECONDS + $2)) started=$SECONDS shown=0
  shift 2
  until "$@" > /dev/null 2>&1; do
    if ((SECONDS >= deadline)); then die "$what: not within $((SECONDS - started)) s; logs: $logs"; fi
    if ((SECONDS - started >= shown + 5)); then
      shown=$((SECONDS - started))
      say "waiting for $what: $shown s"
    fi
    sleep 0.1
  done
}
