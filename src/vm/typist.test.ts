import { describe, expect, it } from 'vitest';
import { Console } from './console.ts';
import { Typist } from './typist.ts';

const KEYS = [{ prompt: 'Press Ctrl-B for the iPXE command line', send: ' ' }];

function typedFor(...chunks: readonly string[]): readonly string[] {
  const typed: string[] = [];
  const console = new Console(() => {});
  const typist = new Typist(KEYS, (text) => typed.push(text));
  for (const chunk of chunks) {
    console.push(Buffer.from(chunk));
    typist.look(console.openLine());
  }
  return typed;
}

// As iPXE 1.0.0+git-20190125.36a4c85 wrote it through SeaBIOS 1.16.2: shown, rubbed out, and shown again at the end.
const PROMPT = 'Press Ctrl-B for the iPXE command line...';
const RUBBED_OUT = '\b \b'.repeat(PROMPT.length);
const BOOT = `\r\n${PROMPT}${RUBBED_OUT}net0: 52:54:00:12:34:56 using 82540em\r\nNo more network devices\r\n\r\n${PROMPT}${RUBBED_OUT}Booting from Hard Disk...\r\n`;

describe('Typist', () => {
  it('types once for each time that the prompt is shown, octet by octet', () => {
    expect(typedFor(...BOOT)).toEqual([' ', ' ']);
  });

  it('types while the prompt stands, not when it is gone again', () => {
    expect(typedFor(`x\r\n${PROMPT}`, '...', RUBBED_OUT)).toEqual([' ']);
    expect(typedFor(`${PROMPT}${RUBBED_OUT}`, 'y')).toEqual([]);
  });

  it("leaves other prompts alone, the iPXE ROM's own among them", () => {
    expect(typedFor('Press Ctrl-B to configure iPXE (PCI 00:03.0)...', '\r\nboot: ')).toEqual([]);
  });
});
