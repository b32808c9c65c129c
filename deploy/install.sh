#!/usr/bin/env bash
# Installs the built server into an empty folder: what runs, and nothing else. The image is made by this script
# (deploy/Dockerfile), and a test runs the server from what it leaves (test/deploy/image.spec.ts).
#
#   npm ci && npm run build && deploy/install.sh /opt/flowg
#
# FLOWG_SQLITE3_BUILD: a node_sqlite3.node that was compiled before, to be taken instead of compiling it again.
set -euo pipefail

source_dir="$(cd "$(dirname "$0")/.." && pwd)"
target="${1:?usage: deploy/install.sh EMPTY_FOLDER}"
mkdir -p "$target"
if [[ -n "$(ls -A "$target")" ]]; then
  echo "$target is not empty" >&2
  exit 1
fi
if [[ ! -f "$source_dir/dist/server/main.js" ]]; then
  echo "there is no build in $source_dir: npm ci && npm run build" >&2
  exit 1
fi

cp "$source_dir/package.json" "$source_dir/package-lock.json" "$source_dir/LICENSE" "$target"
cd "$target"

npm_ci=(npm ci --omit=dev --prefer-offline --no-audit --no-fund --loglevel=error)
if [[ -n "${FLOWG_SQLITE3_BUILD:-}" ]]; then
  "${npm_ci[@]}" --ignore-scripts
  mkdir -p node_modules/sqlite3/build/Release
  cp "$FLOWG_SQLITE3_BUILD" node_modules/sqlite3/build/Release/node_sqlite3.node
else
  "${npm_ci[@]}"
fi

# What was needed to compile, and what only programmers read.
find node_modules/sqlite3 -mindepth 1 -type f ! -path '*/lib/*.js' ! -name package.json ! -name LICENSE \
  ! -path '*/build/Release/node_sqlite3.node' -delete
rm -rf node_modules/{node-gyp,node-addon-api,typescript} node_modules/.bin/{node-gyp,tsc,tsserver}

mkdir -p scripts dist
cp "$source_dir/scripts/start.cjs" "$source_dir/deploy/healthcheck.mjs" scripts
cp -R "$source_dir/dist/server" "$source_dir/dist/src" "$source_dir/dist/ormconfig.js" dist
find . -type f -regextype posix-extended -regex '.*\.(map|ts|mts|cts|tsbuildinfo|c|h)' -delete
find . -type d -empty -delete

# Anybody may read and run it; nobody but the owner, who is not the user it runs as, may change it.
chmod -R u=rwX,go=rX .
