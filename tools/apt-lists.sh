#!/bin/sh
# apt-lists.sh [--now]: package lists that are there and not older than a week; with --now, brought up to date in any case.
#
# As root (PXEBENCH_AS_ROOT, see setup.sh) these are the machine's own. As an ordinary user they are the machine's as long
# as they are good enough, else lists of our own in .tools/apt, from the same sources; then the path of an APT_CONFIG that
# names them is printed.
set -eu
cd "$(dirname "$(readlink -f "$0")")/.."

now=${1:-}
log=.tools/setup.log
as_root=${PXEBENCH_AS_ROOT-no}
mkdir -p .tools/apt

# young DIRECTORY: does it hold lists, and were some written within a week? By the inode's time: a list's own is the day the
# archive made it. An update that found nothing new writes none, so our own updates leave a mark beside it.
young() {
  [ -n "$(find "$1" -maxdepth 1 -name '*_Packages*' 2>/dev/null | head -n 1)" ] &&
    [ -n "$(find "$1" "$2" -maxdepth 1 -type f -ctime -7 2>/dev/null | head -n 1)" ]
}

# update MARK COMMAND...: a proxy, a mirror may be away: the lists that are there may still do, and what then fails names
# its package.
update() {
  mark=$1
  shift
  echo "setup: updating apt's package lists" >&2
  echo "--- $*" >>"$log"
  if "$@" >>"$log" 2>&1 </dev/null; then
    touch "$mark"
  else
    echo "setup: apt-get update failed ($log); going on with the lists there are" >&2
  fi
}

eval "$(apt-config shell lists Dir::State::lists/d)"
# shellcheck disable=SC2154 # set by the line above
if [ -z "$now" ] && young "$lists" .tools/apt/machine-updated; then exit 0; fi

if [ "$as_root" != no ]; then
  # shellcheck disable=SC2086 # a command with its options
  update .tools/apt/machine-updated $as_root apt-get update --quiet -o DPkg::Lock::Timeout=300
  exit 0
fi

config=$PWD/.tools/apt/apt.conf
own=$PWD/.tools/apt/lists
mkdir -p "$own/partial"
cat >"$config" <<END
Dir::State::lists "$own/";
Dir::Cache::pkgcache "$PWD/.tools/apt/pkgcache.bin";
Dir::Cache::srcpkgcache "$PWD/.tools/apt/srcpkgcache.bin";
END
if [ -n "$now" ] || ! young "$own" .tools/apt/own-updated; then
  update .tools/apt/own-updated env APT_CONFIG="$config" apt-get update --quiet
fi
echo "$config"
