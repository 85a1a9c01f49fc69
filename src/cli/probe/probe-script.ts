/**
 * What the pod runs: sh and curl are all that it needs. Each line that begins with `@` is a result; the others are what curl
 * says, which never begins a line so. It ends with curl's exit code of the first URL that failed.
 *
 * The connection to the proxy is one of FTP, whose client waits for the server to speak first: Squid gets no request, and
 * logs none. With half a second it ends soon; a slow proxy gets the whole time.
 */
export const probeScript = `
exec 2>&1
proxy_of() {
  case "$1" in
    http://*) echo "\${PROBE_PROXY:-$HTTP_PROXY}" ;;
    *) echo "\${PROBE_PROXY:-$HTTPS_PROXY}" ;;
  esac
}
reach() { # PROXY
  for limit in 0.5 "$PROBE_CONNECT_TIMEOUT"; do
    reached="$(curl -s -o /dev/null --noproxy '*' -m "$limit" \\
      -w '%{time_namelookup} %{time_connect} %{remote_ip}' "ftp://\${1#*://}/")"
    code=$?
    # It ends with the time in any case: without an address there was no connection.
    case "$code:$reached" in 28:*' ') ;; *) break ;; esac
  done
  echo "@proxy $code $reached"
}
try() { # URL, or connect:URL for a tunnel: through the proxy
  url="\${1#connect:}"
  [ "$url" = "$1" ] && tunnel='' || tunnel=--proxytunnel
  echo "@url $url"
  curl -v -sS $tunnel -x "$(proxy_of "$1")" --noproxy '' -A "$PROBE_USER_AGENT" \\
    --connect-timeout "$PROBE_CONNECT_TIMEOUT" -m "$PROBE_TIMEOUT" -o /dev/null \\
    -w '\\n@answer %{http_connect} %{http_code} %{time_total}\\n' "$url"
  code=$?
  echo "@exit $code"
  [ "$result" != 0 ] || result=$code
}
result=0
set -f
set -- $PROBE_URLS
proxy="$(proxy_of "$1")"
echo "@variables $proxy"
# As curl does without a proxy that it can resolve.
[ -n "$proxy" ] || exit 5
reach "$proxy"
for each in "$@"; do try "$each"; done
if [ -n "$PROBE_DIRECT" ]; then
  direct="$(curl -s -o /dev/null --noproxy '*' --connect-timeout 5 -m "$PROBE_TIMEOUT" \\
    -w '%{time_namelookup} %{time_connect} %{remote_ip}' "$1")"
  echo "@direct $? $direct"
fi
exit $result
`.trimStart();
