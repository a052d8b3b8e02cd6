#!/bin/sh
# Makes a root file system of the programs in one: add-libraries.sh ROOTFS
# Adds each program's shared libraries, by the path the loader wants them under, a shell, and the users that servers become.
set -eu
cd "$1"

find . -type f \( -perm -100 -o -name '*.so' \) ! -name busybox | while read -r file; do ldd "$file" 2>/dev/null || :; done |
  sed -n -e 's/.* => \(\/[^ ]*\) .*/\1/p' -e 's/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' | sort -u |
  while read -r library; do
    mkdir -p ".${library%/*}"
    cp -L "$library" ".$library"
  done

for command in sh cat; do ln -sf busybox "bin/$command"; done
mkdir -p etc tmp var/tmp run
printf 'root:x:0:0:root:/:/bin/sh\nwww-data:x:33:33:www-data:/:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n' >etc/passwd
printf 'root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\ndip:x:30:\n' >etc/group
