import { describe, expect, it } from 'vitest';
import { OPTION, optionName } from './option-codes.ts';

describe('optionName', () => {
  it.each([
    [0, 'Pad'],
    [1, 'Subnet Mask'],
    [53, 'DHCP Message Type'],
    [67, 'Bootfile Name'],
    [97, 'Client Machine Identifier (UUID/GUID)'],
    [175, 'iPXE Encapsulated Options'],
    [209, 'PXELINUX Configuration File'],
    [222, 'Unassigned'],
    [230, 'Private'],
    [254, 'Private'],
    [255, 'End'],
  ])('calls %i %s', (code, name) => {
    expect(optionName(code)).toBe(name);
  });

  it('has a name for every code the project speaks of', () => {
    for (const code of Object.values(OPTION)) expect(optionName(code)).not.toMatch(/^(Unassigned|Private)$/);
  });
});
