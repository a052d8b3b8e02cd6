# shellcheck shell=sh
# say.sh: how the set-up scripts speak. To be read in by them (`. tools/say.sh`) in the project's folder.

log=$PWD/.tools/setup.log

say() { echo "setup: $*" >&2; }

# fail WHAT REMEDY
fail() {
  say "$1"
  echo "  $2" >&2
  exit 2
}

# logged WHAT COMMAND...: runs it, its output goes to the log; if it fails, shows both ends of that output and stops.
logged() {
  what=$1
  shift
  echo "--- $what: $*" >>"$log"
  before=$(wc -l <"$log")
  "$@" >>"$log" 2>&1 </dev/null && return
  tail -n "+$((before + 1))" "$log" | awk '
    { line[NR] = $0 }
    END { for (i = 1; i <= NR; i++) if (i <= 10 || i > NR - 5) print "  | " line[i]; else if (i == 11) print "  | ..." }
  ' >&2
  fail "$what failed" "All it said is in $log. If it was the network, run the same command again."
}
