/**
 * What the pod runs: sh and curl are all that it needs. Each line that begins with `@` is a result; the others are what curl
 * says, which never begins a line so. It ends with curl's exit code of the first URL that failed.
 */
export const probeScript = `
exec 2>&1
proxy_of() {
  case "$1" in
    http://*) echo "\${PROBE_PROXY:-$HTTP_PROXY}" ;;
    *) echo "\${PROBE_PROXY:-$HTTPS_PROXY}" ;;
  esac
}
try() { # URL: through the proxy
  echo "@url $1"
  case "$1" in
    http://*:80/* | https://*) tunnel='' ;;
    *) tunnel=--proxytunnel ;;
  esac
  curl -v -sS $tunnel -x "$(proxy_of "$1")" --noproxy '' -A "$PROBE_USER_AGENT" \\
    --connect-timeout "$PROBE_CONNECT_TIMEOUT" -m "$PROBE_TIMEOUT" -o /dev/null \\
    -w '\\n@answer %{http_connect} %{http_code} %{time_total}\\n' "$1"
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
reached="$(curl -s -o /dev/null --noproxy '*' --connect-timeout "$PROBE_CONNECT_TIMEOUT" -m "$PROBE_TIMEOUT" \\
  -w '%{time_namelookup} %{time_connect} %{remote_ip}' "$proxy/")"
echo "@proxy $? $reached"
for url in "$@"; do try "$url"; done
if [ -n "$PROBE_DIRECT" ]; then
  direct="$(curl -s -o /dev/null --noproxy '*' --connect-timeout 5 -m "$PROBE_TIMEOUT" \\
    -w '%{time_namelookup} %{time_connect} %{remote_ip}' "$1")"
  echo "@direct $? $direct"
fi
exit $result
`.trimStart();
