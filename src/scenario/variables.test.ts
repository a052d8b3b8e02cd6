import { describe, expect, it } from 'vitest';
import { fillIn, referencesIn } from './variables.ts';

const variables = new Map([['client.mac', '00:12:34:56:78:90']]);

describe('fillIn', () => {
  it('fills in every variable that has a value', () => {
    expect(fillIn('mac=${client.mac}&again=${client.mac}', variables)).toBe(
      'mac=00:12:34:56:78:90&again=00:12:34:56:78:90',
    );
  });

  it('says nothing while a value is not known yet', () => {
    expect(fillIn('ip=${client.ip}', variables)).toBeUndefined();
  });

  it('leaves the variables of iPXE alone', () => {
    expect(fillIn('mac=$${mac}&domain=${d', variables)).toBe('mac=${mac}&domain=${d');
  });
});

describe('referencesIn', () => {
  it('names the variables, not those of iPXE', () => {
    expect(referencesIn('${client.mac} $${mac} ${pxe}')).toEqual(['client.mac', 'pxe']);
  });
});
