#!/bin/sh
# The article's connectivity test, to run in a pod of the namespace api.
PROXY_HOST="${PROXY_HOST:-microsoft.intra.aibang.local}"
PROXY_PORT="${PROXY_PORT:-3128}"
TEST_URL="${TEST_URL:-https://login.microsoft.com}"

echo "Testing proxy connectivity..."
curl -x "http://${PROXY_HOST}:${PROXY_PORT}" \
  -H "User-Agent: Test-Client/1.0" \
  -v \
  --connect-timeout 10 \
  --max-time 30 \
  "${TEST_URL}"
code=$?
echo "Exit code: $code"
exit "$code"
