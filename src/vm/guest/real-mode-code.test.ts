import { describe, expect, it } from 'vitest';
import { abs16, abs32, assemble, label, rel8, u16, u32 } from './real-mode-code.ts';

describe('assemble', () => {
  it('puts in the addresses of labels: short jumps back and forth, and absolute', () => {
    const code = assemble(0x7c00, [
      ...[label('back'), [0xeb], rel8('forth')],
      ...[[0xeb], rel8('back'), label('forth')],
      ...[[0xbe], abs16('forth')],
      ...[[0xb8], abs32('back')],
    ]);
    expect(Buffer.from(code).toString('hex')).toBe('eb02' + 'ebfc' + 'be047c' + 'b8007c0000');
  });

  it('takes a jump of -128 and 127, and refuses one further', () => {
    const over = (distance: number) => [
      [0xeb],
      rel8('x'),
      new Array<number>(distance).fill(0x90),
      label('x'),
    ];
    const back = (distance: number) => [
      label('x'),
      new Array<number>(distance).fill(0x90),
      [0xeb],
      rel8('x'),
    ];
    expect(assemble(0, over(127))[1]).toBe(127);
    expect(assemble(0, back(126)).at(-1)).toBe(0x80);
    expect(() => assemble(0, over(128))).toThrow(RangeError);
    expect(() => assemble(0, back(127))).toThrow(RangeError);
  });

  it('refuses a label that is nowhere', () => {
    expect(() => assemble(0, [rel8('nowhere')])).toThrow(/nowhere/);
  });
});

describe('u16, u32', () => {
  it('are little-endian', () => {
    expect(u16(0x1234)).toEqual([0x34, 0x12]);
    expect(u32(0xf0001234)).toEqual([0x34, 0x12, 0x00, 0xf0]);
  });
});
