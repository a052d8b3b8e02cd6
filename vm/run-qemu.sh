#!/bin/sh
# The same QEMU that a scenario starts, by hand: the machine's console in this terminal.
# That it is the same is tested (src/vm/run-qemu.test.ts); vm/firmware/ says why each argument is there.
set -eu

usage() {
  cat <<'END'
usage: vm/run-qemu.sh [--print] FIRMWARE TAP [QEMU-ARGUMENT ...]

FIRMWARE  bios-ipxe, bios-dumb (no link here, so it is iPXE from the start), uefi-x64 or uefi-x64-http
TAP       a tap that is up and on a bridge with a boot server. To make both in a network of their own, as root:
            unshare --net sh
            ip link add br0 type bridge && ip link set br0 up && ip addr add 10.188.0.10/24 dev br0
            ip tuntap add dev tap0 mode tap && ip link set tap0 master br0 up
--print   only print QEMU's command, one argument a line

Further arguments go to QEMU: -smbios type=1,serial=SN-1  -m 1024  -drive format=raw,file=disk.img
In the console Ctrl-A C is QEMU's monitor and Ctrl-A X ends it; Ctrl-C goes to the machine.

environment: MAC (52:54:00:12:34:56), ACCEL (tcg; kvm is faster where it works)
END
}

# The first of several places that has the file: the machine's own, or what `make setup` unpacked in the project.
find_file() {
  for file in "$@"; do
    for root in '' "$(dirname "$0")/../.tools/debian"; do
      if [ -e "$root$file" ]; then
        printf '%s\n' "$root$file"
        return
      fi
    done
  done
  echo "$1 is not on this machine: make setup" >&2
  return 3
}

print=false
if [ "${1-}" = --print ]; then
  print=true
  shift
fi
if [ $# -lt 2 ]; then
  usage >&2
  exit 2
fi
firmware=$1 tap=$2
shift 2
mac=${MAC:-52:54:00:12:34:56}
accel=${ACCEL:-tcg}

case $firmware in
  bios-ipxe | bios-dumb)
    rom=$(find_file /usr/lib/ipxe/qemu/pxe-e1000.rom /usr/share/qemu/pxe-e1000.rom)
    set -- \
      -nodefaults -no-user-config -display none \
      -machine "pc,graphics=off,accel=$accel" -m 64 -device VGA \
      -chardev stdio,id=console,mux=on,signal=off -mon chardev=console,mode=readline -serial chardev:console \
      -action shutdown=pause \
      -netdev "tap,id=net0,ifname=$tap,script=no,downscript=no,vnet_hdr=off" \
      -device "e1000,netdev=net0,mac=$mac,romfile=$rom" \
      -boot order=nc \
      "$@"
    ;;
  uefi-x64 | uefi-x64-http)
    code=$(find_file /usr/share/OVMF/OVMF_CODE_4M.fd)
    template=$(find_file /usr/share/OVMF/OVMF_VARS_4M.fd)
    variables=variables.fd
    if ! $print; then
      # UEFI writes its boot entries there: a copy for each run. An open file that has lost its name ends with QEMU.
      variables=$(mktemp)
      cp "$template" "$variables"
      exec 4<"$variables" 5<>"$variables"
      rm "$variables"
      variables=/dev/fdset/1
    fi
    if [ "$firmware" = uefi-x64-http ]; then
      # OVMF's switches: nothing but HTTP boot over IPv4 is left.
      set -- \
        -fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=no \
        -fw_cfg name=opt/org.tianocore/IPv6Support,string=no \
        "$@"
    fi
    set -- \
      -nodefaults -no-user-config -display none \
      -machine "q35,smm=off,graphics=off,accel=$accel" -m 256 -device VGA \
      -chardev stdio,id=console,mux=on,signal=off -mon chardev=console,mode=readline -serial chardev:console \
      -action shutdown=pause \
      -drive "if=pflash,unit=0,format=raw,readonly=on,file=$code" \
      -drive "if=pflash,unit=1,format=raw,file=$variables" \
      -netdev "tap,id=net0,ifname=$tap,script=no,downscript=no,vnet_hdr=off" \
      -device "virtio-net-pci,netdev=net0,mac=$mac,romfile=,bootindex=1" \
      -device virtio-rng-pci \
      "$@"
    if ! $print; then set -- -add-fd fd=4,set=1 -add-fd fd=5,set=1 "$@"; fi
    ;;
  *)
    echo "no firmware \"$firmware\": there is bios-ipxe, bios-dumb, uefi-x64, uefi-x64-http" >&2
    exit 2
    ;;
esac

if $print; then
  printf '%s\n' qemu-system-x86_64 "$@"
else
  exec qemu-system-x86_64 "$@"
fi
