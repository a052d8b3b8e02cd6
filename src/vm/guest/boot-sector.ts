import { abs16, assemble, type CodePart, label, rel8, u16 } from './real-mode-code.ts';

/**
 * A master boot record that says a line and ends: the machine's "next boot device", so that a scenario sees that the
 * machine went on to it. Runs on any PC BIOS (loaded at 0000:7c00 in real mode, IBM's convention of 1981).
 *
 *   0    code and text, at most 446 bytes
 *   446  one active partition entry: some firmware starts only disks that have one
 *   510  55 aa
 */
export const SECTOR_BYTES = 512;
const PARTITION_TABLE = 446;
const LOADED_AT = 0x7c00;
const DISK_BYTES = 1024 * 1024;

/** What the machine does once it has spoken. The ports are those of QEMU's `pc` and `q35`. */
export type SectorEnd =
  /** ACPI: SLP_EN with sleep type 0 to PM1a_CNT, which SeaBIOS puts at 0x604. */
  | 'power-off'
  /** Reset control register 0xcf9. */
  | 'reset'
  /** pvpanic's port 0x505: QEMU says GUEST_PANICKED. */
  | 'panic'
  /** INT 18h: this device cannot be booted, try the next one. */
  | 'next-device'
  /** Stands still for ever. */
  | 'halt';

const END_CODE: Readonly<Record<SectorEnd, readonly CodePart[]>> = {
  'power-off': [[0xba, ...u16(0x604)], [0xb8, ...u16(0x2000)], [0xef]], // mov dx,604h; mov ax,2000h; out dx,ax
  reset: [[0xba, ...u16(0xcf9)], [0xb0, 0x06], [0xee]], // mov dx,cf9h; mov al,6; out dx,al
  panic: [[0xba, ...u16(0x505)], [0xb0, 0x01], [0xee]], // mov dx,505h; mov al,1; out dx,al
  'next-device': [[0xcd, 0x18]], // int 18h
  halt: [],
};

export type BootSectorSpec = {
  /** Latin-1 text; a line end is added. Goes to COM1 and to the screen. */
  readonly says: string;
  readonly end: SectorEnd;
};

/**
 * Speaks to COM1 by its ports, and to the screen by text memory rather than INT 10h: where SeaBIOS mirrors the screen to
 * the serial port, INT 10h would say the line a second time there.
 * Throws RangeError for a text that does not fit (about 340 characters) or holds NUL.
 */
export function bootSector({ says, end }: BootSectorSpec): Uint8Array {
  const text = Buffer.from(says, 'latin1');
  if (text.includes(0)) throw new RangeError('says: wanted text without NUL');

  const code = assemble(LOADED_AT, [
    [0xfa], // cli: no interrupt until the stack stands
    [0x31, 0xc0], // xor ax,ax
    [0x8e, 0xd8], // mov ds,ax
    [0x8e, 0xd0], // mov ss,ax
    [0xbc, ...u16(LOADED_AT)], // mov sp,7c00h
    [0xfb], // sti
    [0xfc], // cld

    // SeaBIOS sends the end of its last line to the serial port at the next timer tick: it goes first.
    [0xa0, ...u16(0x46c)], // mov al,[46ch]: ticks since midnight (BIOS data area 40:6c)
    label('tick'),
    [0xf4], // hlt
    [0x3a, 0x06, ...u16(0x46c)], // cmp al,[46ch]
    ...[[0x74], rel8('tick')], // je tick

    // COM1: each character when the transmitter is empty (line status register, bit 5).
    ...[[0xbe], abs16('text')], // mov si,text
    label('serial'),
    [0xac], // lodsb
    [0x84, 0xc0], // test al,al
    ...[[0x74], rel8('screen')], // jz screen
    [0x88, 0xc4], // mov ah,al
    [0xba, ...u16(0x3fd)], // mov dx,3fdh
    label('busy'),
    [0xec], // in al,dx
    [0xa8, 0x20], // test al,20h
    ...[[0x74], rel8('busy')], // jz busy
    [0x88, 0xe0], // mov al,ah
    [0xba, ...u16(0x3f8)], // mov dx,3f8h
    [0xee], // out dx,al
    ...[[0xeb], rel8('serial')], // jmp serial

    // Text memory, 80 columns of two bytes, at the row where the BIOS left the cursor (BIOS data area 40:51).
    label('screen'),
    [0xb8, ...u16(0xb800)], // mov ax,b800h
    [0x8e, 0xc0], // mov es,ax
    [0xa0, ...u16(0x451)], // mov al,[451h]
    [0xb4, 0xa0], // mov ah,160
    [0xf6, 0xe4], // mul ah
    [0x89, 0xc7], // mov di,ax
    ...[[0xbe], abs16('text')], // mov si,text
    [0xb4, 0x07], // mov ah,7: light grey on black
    label('cell'),
    [0xac], // lodsb
    [0x3c, 0x20], // cmp al,' ': the line end closes the text
    ...[[0x72], rel8('end')], // jb end
    [0xab], // stosw
    ...[[0xeb], rel8('cell')], // jmp cell

    label('end'),
    ...END_CODE[end],
    label('stop'),
    [0xf4], // hlt
    ...[[0xeb], rel8('stop')], // jmp stop

    label('text'),
    [...text, 0x0d, 0x0a, 0],
  ]);
  return asBootRecord(code);
}

/** Pads code to a sector that a BIOS starts: partition table and signature. Throws RangeError if it does not fit. */
export function asBootRecord(code: Uint8Array): Uint8Array {
  if (code.length > PARTITION_TABLE) {
    throw new RangeError(`boot sector: wanted at most ${PARTITION_TABLE} bytes, got ${code.length}`);
  }
  const sector = new Uint8Array(SECTOR_BYTES);
  sector.set(code);
  // Active; CHS of start and end past what CHS can say; type 0xda "non-FS data"; LBA 1; all of the disk but this sector.
  const active = [0x80, 0xfe, 0xff, 0xff, 0xda, 0xfe, 0xff, 0xff, 1, 0, 0, 0, 0xff, 0x07, 0, 0];
  sector.set(active, PARTITION_TABLE);
  sector.set([0x55, 0xaa], SECTOR_BYTES - 2);
  return sector;
}

/** A raw disk of 1 MiB that starts with bootSector(). */
export function bootDisk(spec: BootSectorSpec): Uint8Array {
  const disk = new Uint8Array(DISK_BYTES);
  disk.set(bootSector(spec));
  return disk;
}
