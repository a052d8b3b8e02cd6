#!/bin/sh
# s390x-kernel.sh: writes the smallest kernel for IBM Z that says something to standard output.
#
# It is loaded to address 0 and started by the PSW there. It has the console's processor (SCLP) write a line, and stops.
# z/Architecture Principles of Operation for PSW and instructions; SERVICE CALL as in Linux, drivers/s390/char/sclp.h.
set -eu

text='pxebench: a kernel for s390x was started\r\n'
length=42
# A control block is a header of 8 octets and here one event, with a header of 6.
event=$((length + 6))
block=$((event + 8))
octets() { for number; do printf "\\$(printf %03o "$number")"; done; }

# 0x00: the PSW: short form, 31-bit addresses, start at 0x18. Then the words that the program loads.
octets 0x00 0x08 0x00 0x00 0x80 0x00 0x00 0x18
# 0x08: command "write event data"; 0x0c: where the control block is; 0x10: the PSW of a machine that stopped for good
octets 0x00 0x76 0x00 0x05
octets 0x00 0x00 0x20 0x00
octets 0x00 0x0a 0x00 0x00 0x00 0x00 0x00 0x00
# 0x18: l %r1,0x08   l %r2,0x0c   servc %r1,%r2   lpsw 0x10
octets 0x58 0x10 0x00 0x08
octets 0x58 0x20 0x00 0x0c
octets 0xb2 0x20 0x00 0x12
octets 0x82 0x00 0x00 0x10
# 0x28: nothing, for the control block may not lie in the first 8 KiB
head -c $((0x2000 - 0x28)) /dev/zero
# 0x2000: control block: length, function, mask, response; event: length, type 0x1a (ASCII console), flags, reserved
octets 0 "$block" 0 0 0 0 0 0
octets 0 "$event" 0x1a 0 0 0
# shellcheck disable=SC2059 # the text has escapes
printf "$text"
