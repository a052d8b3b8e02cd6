#!/bin/sh
# The same QEMU that a scenario starts, by hand: the machine's console in this terminal.
# That it is the same is tested (src/vm/run-qemu.test.ts); vm/firmware/ says why each argument is there.
set -eu

usage() {
  cat <<'END'
usage: vm/run-qemu.sh [--print] FIRMWARE TAP [QEMU-ARGUMENT ...]

FIRMWARE  an entry of vm/firmware: bios-ipxe, bios-ipxe-rtl8139, uefi-x64, uefi-arm64, uboot-arm64, slof-ppc64 ...
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

# What all have unless the entry below says otherwise. rom: a file, none, or nothing for the one QEMU takes by itself.
program=qemu-system-x86_64 machine=pc cpu='' memory=256 screen=VGA nic=virtio-net-pci rom=none code='' variables='' bios='' kernel=''
boot='' random=false settings=''

# SeaBIOS, and the iPXE ROM of the network card.
bios_ipxe() {
  memory=64 nic=$1 boot='order=nc' rom=''
  if [ -n "$2" ]; then rom=$(find_file "/usr/lib/ipxe/qemu/$2.rom" "/usr/share/qemu/$2.rom"); fi
}

# UEFI: code, a template of its variables, and a random source, without which newer EDK2 shows no network boot entry.
uefi() {
  code=$(find_file "$1") variables=$(find_file "$2") random=true
}

case $firmware in
  # There is no link here: bios-dumb is iPXE from the start.
  bios-ipxe | bios-dumb) bios_ipxe e1000 pxe-e1000 ;;
  bios-ipxe-virtio) bios_ipxe virtio-net-pci '' ;;
  bios-ipxe-rtl8139) bios_ipxe rtl8139 pxe-rtl8139 ;;
  bios-ipxe-pcnet) bios_ipxe pcnet pxe-pcnet ;;
  bios-ipxe-ne2k) bios_ipxe ne2k_pci '' ;;
  bios-ipxe-eepro100) bios_ipxe i82551 '' ;;
  bios-ipxe-vmxnet3) bios_ipxe vmxnet3 pxe-vmxnet3 ;;
  bios-ipxe-e1000e) bios_ipxe e1000e pxe-e1000e ;;
  uefi-x64 | uefi-x64-http | uefi-x64-ipxe)
    machine=q35,smm=off
    uefi /usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_VARS_4M.fd
    case $firmware in
      uefi-x64-http) settings='IPv6Support IPv4PXESupport' ;;
      uefi-x64-ipxe) nic=e1000 rom=$(find_file /usr/lib/ipxe/qemu/efi-e1000.rom /usr/share/qemu/efi-e1000.rom) ;;
    esac
    ;;
  uefi-ia32)
    machine=q35,smm=on cpu=coreduo
    uefi /usr/share/OVMF/OVMF32_CODE_4M.secboot.fd /usr/share/OVMF/OVMF32_VARS_4M.fd
    ;;
  uefi-arm64)
    program=qemu-system-aarch64 machine=virt cpu=cortex-a57 screen=none
    uefi /usr/share/AAVMF/AAVMF_CODE.fd /usr/share/AAVMF/AAVMF_VARS.fd
    ;;
  uefi-arm32)
    program=qemu-system-arm machine=virt,highmem=off cpu=cortex-a15 screen=none
    uefi /usr/share/AAVMF/AAVMF32_CODE.fd /usr/share/AAVMF/AAVMF32_VARS.fd
    ;;
  uboot-arm64)
    program=qemu-system-aarch64 machine=virt cpu=cortex-a57 screen=none nic=e1000
    bios=$(find_file /usr/lib/u-boot/qemu_arm64/u-boot.bin)
    ;;
  uboot-arm32)
    program=qemu-system-arm machine=virt,highmem=off cpu=cortex-a15 screen=none nic=e1000
    bios=$(find_file /usr/lib/u-boot/qemu_arm/u-boot.bin)
    ;;
  uboot-riscv64)
    program=qemu-system-riscv64 machine=virt screen=none nic=e1000
    kernel=$(find_file /usr/lib/u-boot/qemu-riscv64_smode/uboot.elf)
    ;;
  uboot-x86)
    screen=none nic=e1000
    bios=$(find_file /usr/lib/u-boot/qemu-x86_64/u-boot.rom)
    ;;
  slof-ppc64) program=qemu-system-ppc64 machine=pseries screen=none ;;
  s390x-ccw) program=qemu-system-s390x machine=s390-ccw-virtio memory=128 screen=none nic=virtio-net-ccw rom='' ;;
  *)
    echo "no firmware \"$firmware\": there is bios-ipxe, uefi-x64, and what else vm/firmware has" >&2
    exit 2
    ;;
esac

case $rom in
  none) rom=,romfile= ;;
  ?*) rom=,romfile=$rom ;;
esac
index=,bootindex=1
if [ -n "$boot" ]; then
  index=''
  set -- -boot "$boot" "$@"
fi
for setting in $settings; do set -- -fw_cfg "name=opt/org.tianocore/$setting,string=no" "$@"; done
if $random; then set -- -device virtio-rng-pci "$@"; fi
set -- \
  -netdev "tap,id=net0,ifname=$tap,script=no,downscript=no,vnet_hdr=off" \
  -device "$nic,netdev=net0,mac=$mac$rom$index" \
  "$@"
if [ -n "$variables" ]; then
  file=variables.fd
  if ! $print; then
    # UEFI writes its boot entries there: a copy for each run. An open file that has lost its name ends with QEMU.
    file=$(mktemp)
    cp "$variables" "$file"
    exec 4<"$file" 5<>"$file"
    rm "$file"
    file=/dev/fdset/1
    set -- -add-fd fd=4,set=1 -add-fd fd=5,set=1 "$@"
  fi
  set -- -drive "if=pflash,unit=1,format=raw,file=$file" "$@"
fi
if [ -n "$code" ]; then set -- -drive "if=pflash,unit=0,format=raw,readonly=on,file=$code" "$@"; fi
if [ -n "$kernel" ]; then set -- -kernel "$kernel" "$@"; fi
if [ -n "$bios" ]; then set -- -bios "$bios" "$@"; fi
set -- \
  -chardev stdio,id=console,mux=on,signal=off -mon chardev=console,mode=readline -serial chardev:console \
  -action shutdown=pause \
  "$@"
if [ "$screen" != none ]; then set -- -device "$screen" "$@"; fi
set -- -m "$memory" "$@"
if [ -n "$cpu" ]; then set -- -cpu "$cpu" "$@"; fi
set -- -nodefaults -no-user-config -display none -machine "$machine,graphics=off,accel=$accel" "$@"

if $print; then
  printf '%s\n' "$program" "$@"
else
  exec "$program" "$@"
fi
