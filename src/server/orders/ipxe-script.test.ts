import { describe, expect, it } from 'vitest';
import { parseIpxeScript, scriptLines } from './ipxe-script.ts';

/** Labels and commands as one text each. */
const read = (text: string) =>
  scriptLines(text).map(
    ({ label, commands }) =>
      `${label === undefined ? '' : `:${label} `}${commands.map(({ words, operator = '' }) => `[${words.join('|')}]${operator}`).join(' ')}`,
  );

describe('scriptLines', () => {
  it.each([
    ['echo a  b\tc', ['[echo|a|b|c]']],
    ['a\nb\r\nc\r', ['[a]', '[b]', '[c]']],
    ['dhcp || goto x', ['[dhcp]|| [goto|x]']],
    ['a && b ; c', ['[a]&& [b]; [c]']],
    ['shell ||', ['[shell]||']],
    // Only words of their own are operators.
    ['a||b c&&d e;f', ['[a||b|c&&d|e;f]']],
    ['a # b || c', ['[a]']],
    ['a b#c', ['[a|b#c]']],
    ['#!ipxe\na', ['[a]']],
    [':x', [':x ']],
    ['  :x echo || a', [':x [echo]|| [a]']],
    ['chain a\\\n b \\\r\n c', ['[chain|a|b|c]']],
    ['echo "a b" \'c\'', ['[echo|"a|b"|\'c\']']],
    ['a\0b c', ['[a]']],
    ['echo ${x y} z', ['[echo|${x|y}|z]']],
    ['\n \n', []],
  ])('takes %j apart as iPXE does', (text, lines) => {
    expect(read(text)).toEqual(lines);
  });
});

describe('parseIpxeScript', () => {
  it.each(['#!ipxe\n', '#!ipxe\r\n', '#!ipxe \n', '#!gpxe\texit'])('takes %j for a script', (text) => {
    expect(parseIpxeScript(text)).toBeDefined();
  });

  it.each(['', '#!ipxe', '\n#!ipxe\n', '\ufeff#!ipxe\n', '#!ipxes\n', '<html>'])(
    'does not take %j for one',
    (text) => {
      expect(parseIpxeScript(text)).toBeUndefined();
    },
  );
});
