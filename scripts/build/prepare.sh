# Sourced by the scripts that run TypeScript: installs the npm packages of package-lock.json when they are not
# there yet, and puts the pinned Node (npm package `node`) first on PATH. The machine's own Node may be too old.
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cd "$root"
command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or later" >&2; exit 1; }
stamp="node_modules/.installed-$(sha256sum package-lock.json | cut -c1-16)"
if [ ! -e "$stamp" ]; then
  echo "==> npm ci (the packages of package-lock.json)" >&2
  npm ci --no-fund --no-audit --loglevel=error >&2
  touch "$stamp"
fi
export PATH="$root/node_modules/.bin:$PATH"
