#!/bin/sh
# setup.sh [bench]: makes this checkout ready to use. `make setup`; the other targets call it first. With `bench` also
# ready to measure against other servers (`make bench`).
#
#   1. Node 24 or newer with npm: the machine's, else both kept in .tools/node   (fetch-node.sh)
#   2. npm ci
#   3. Debian packages: programs and firmware are installed, packages that bring services
#      are unpacked into .tools/debian                                           (setup-debian.ts)
#
# Nothing is ever started or enabled. What was done before is not done again: then this costs a tenth of a second.
# Exit status: 0 ready, 2 not ready; what is missing and what mends it is said. docs/setup.md explains.
set -eu
cd "$(dirname "$(readlink -f "$0")")/.."
. tools/say.sh
group=${1-}

# Node and npm of our own stand first on the path: then every "node" below, and in scripts of npm packages, is theirs.
PATH=$PWD/.tools/bin:$PATH
NODE_MAJOR=24 # as package.json's "engines" has it
export PATH NODE_MAJOR

node_ready() {
  command -v npm >/dev/null && version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge "$NODE_MAJOR" ]
}

hash_of() {
  hash=$(sha256sum <"$1")
  hash=${hash%% *}
}

npm_stamp=node_modules/.pxebench-setup
npm_ready() {
  hash_of package-lock.json
  [ -f "$npm_stamp" ] && [ "$(cat "$npm_stamp")" = "$hash" ]
}

# The stamp says what must be there: "list HASH", "group bench", "package NAME". What is really there is looked up:
# a package may have been removed since, or the checkout may stand on another machine now.
debian_stamp=.tools/debian/stamp
debian_ready() {
  [ -f "$debian_stamp" ] || return 1
  hash_of tools/debian-packages.yaml
  packages= groups=
  while read -r what value; do
    case $what in
    list) [ "$value" = "$hash" ] || return 1 ;;
    group) groups="$groups $value" ;;
    package) packages="$packages $value" ;;
    esac
  done <"$debian_stamp"
  case " $groups " in *" $group "*) ;; *) [ -z "$group" ] || return 1 ;; esac
  [ -z "$packages" ] || {
    # shellcheck disable=SC2086 # a list of names
    states=$(dpkg-query --show --showformat='${db:Status-Status}\n' $packages 2>/dev/null) &&
      [ "$(echo "$states" | sort -u)" = installed ]
  }
}

ready() { node_ready && npm_ready && debian_ready; }

if ready; then exit 0; fi

# One set-up at a time: `make test` and `make e2e` may have been started side by side.
mkdir -p .tools
exec 9>.tools/setup.lock
flock --nonblock 9 || {
  say "waiting for another set-up of this checkout"
  flock 9
}
if ready; then exit 0; fi
date >"$log"

# How to become root without being asked for anything: "" (we are root), "sudo -n", or "no".
if [ "$(id -u)" = 0 ]; then
  PXEBENCH_AS_ROOT=
elif sudo -n true 2>/dev/null; then
  PXEBENCH_AS_ROOT='sudo -n'
else
  PXEBENCH_AS_ROOT=no
fi
export PXEBENCH_AS_ROOT

node_ready || tools/fetch-node.sh

npm_ready || {
  say "installing the npm packages of package-lock.json"
  logged 'npm ci' npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  echo "$hash" >"$npm_stamp"
}

# shellcheck disable=SC2086 # nothing where there is no group
debian_ready || node tools/setup-debian.ts $group
