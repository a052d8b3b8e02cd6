import { describe, expect, it } from 'vitest';
import { parseIscsiRootPath } from './iscsi-root-path.ts';

describe('parseIscsiRootPath', () => {
  it.each([
    [
      'iscsi:san.example.com:6:3260:0:iqn.2007-08.com.example.san:sometarget',
      { server: 'san.example.com', port: 3260, lun: '0', target: 'iqn.2007-08.com.example.san:sometarget' },
    ],
    ['iscsi:192.0.2.1::::iqn.x', { server: '192.0.2.1', port: 3260, lun: '0', target: 'iqn.x' }],
    [
      'iscsi:[2001:db8::1]::3261:4752-3A4F-6b7e-2F99:eui.0',
      { server: '[2001:db8::1]', port: 3261, lun: '4752-3A4F-6b7e-2F99', target: 'eui.0' },
    ],
  ])('reads %s (ISCSI-001, ISCSI-002)', (text, path) => {
    expect(parseIscsiRootPath(text)).toEqual(path);
  });

  it.each([
    ['iscsi:san.example.com:iqn.2007-08.com.example:x', /all five colons/],
    ['iscsi:::::iqn.x', /all five colons/],
    ['iscsi:san:17:::iqn.x', /protocol 6/],
    ['iscsi:san::99999::iqn.x', /a port/],
    ['iscsi:san:::zz:iqn.x', /a LUN/],
    ['iscsi:san::::target', /begins with iqn/],
    ['iscsi:san::::', /all five colons/],
  ])('says what is wrong with %s', (text, problem) => {
    expect(parseIscsiRootPath(text)).toMatch(problem);
  });
});
