import { describe, expect, it } from 'vitest';
import { iscsiLoginStatusName } from './login-status.ts';

describe('iscsiLoginStatusName', () => {
  it.each([
    [0, 0, 'success'],
    [1, 1, 'target moved temporarily'],
    [1, 2, 'target moved permanently'],
    [2, 1, 'authentication failure'],
    [2, 3, 'not found'],
    [2, 11, 'invalid request during login'],
    [3, 1, 'service unavailable'],
    [2, 0x42, 'initiator error, detail 0x42'],
    [9, 1, 'status class 0x09, detail 0x01'],
  ])('says what %i/%i is', (statusClass, detail, name) => {
    expect(iscsiLoginStatusName(statusClass, detail)).toBe(name);
  });
});
