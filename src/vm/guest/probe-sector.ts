import { asBootRecord } from './boot-sector.ts';
import { abs16, abs32, assemble, label, rel8, u16, u32 } from './real-mode-code.ts';

/** What QEMU's exit status is when the probe has run to its end: isa-debug-exit makes (value << 1) | 1 of a write. */
export const PROBE_EXIT_STATUS = (0x2a << 1) | 1;
/** QEMU's argument for the device that the probe ends by. */
export const PROBE_EXIT_DEVICE = 'isa-debug-exit,iobase=0xf4,iosize=0x04';
/**
 * Turns of the loop, five instructions each: 15 ms on a processor, 0.2 s under TCG. A hypervisor that emulates 32-bit
 * protected mode instruction by instruction needs a minute: firmware, which unpacks itself in that mode, would be hung there.
 */
const TURNS = 20_000_000;

/**
 * A boot sector that does what firmware does and lame hypervisors cannot: it enters 32-bit protected mode, works there on
 * registers and memory for a while, and ends the machine with PROBE_EXIT_STATUS.
 */
export function probeSector(): Uint8Array {
  const code = assemble(0x7c00, [
    [0xfa], // cli
    [0x31, 0xc0], // xor ax,ax
    [0x8e, 0xd8], // mov ds,ax
    ...[[0x0f, 0x01, 0x16], abs16('gdtr')], // lgdt [gdtr]
    [0x0f, 0x20, 0xc0], // mov eax,cr0
    [0x0c, 0x01], // or al,1: protection enable
    [0x0f, 0x22, 0xc0], // mov cr0,eax
    ...[[0xea], abs16('protected'), u16(0x08)], // jmp 08h:protected

    label('protected'), // 32-bit code from here
    [0x66, 0xb8, ...u16(0x10)], // mov ax,10h
    [0x8e, 0xd8], // mov ds,ax
    [0xb9, ...u32(TURNS)], // mov ecx,TURNS
    label('turn'),
    [0x01, 0xc8], // add eax,ecx
    [0xc1, 0xc0, 0x03], // rol eax,3
    [0xa3, ...u32(0x8000)], // mov [8000h],eax
    [0x49], // dec ecx
    ...[[0x75], rel8('turn')], // jnz turn
    [0xb0, 0x2a], // mov al,2ah
    [0xe6, 0xf4], // out f4h,al
    label('stop'),
    [0xf4], // hlt
    ...[[0xeb], rel8('stop')], // jmp stop

    label('gdt'), // flat: base 0, limit 4 GiB
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0xff, 0xff, 0, 0, 0, 0x9a, 0xcf, 0], // 08h: code
    [0xff, 0xff, 0, 0, 0, 0x92, 0xcf, 0], // 10h: data
    label('gdtr'),
    u16(3 * 8 - 1),
    abs32('gdt'),
  ]);
  return asBootRecord(code);
}
