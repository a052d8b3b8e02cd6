import { StringDecoder } from 'node:string_decoder';

/**
 * Terminal control that firmware sends: CSI sequences (ECMA-48 §5.4), OSC up to BEL or ST, and two-octet escapes, some
 * with an intermediate octet (character sets).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPE = /\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-~])/y;
/** The beginning of an escape sequence that the next octets may complete. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const CUT_ESCAPE = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*|[ -/]*)?$/;
/** No sequence that firmware sends is longer: what looks like the beginning of one and is, is noise. */
const LONGEST_ESCAPE = 64;

/** A guest that writes without line ends, or without end, must not fill the memory. */
const LONGEST_LINE = 4_096;
const MOST_LINES = 20_000;
const MOST_RAW = 4 * 1024 * 1024;
/** Rows of a PC's text screen, which SeaBIOS copies to the serial port. */
const PC_ROWS = 25;

/**
 * A serial console: octets in, lines of text out. Escape codes are removed, and the few that move the cursor are obeyed
 * as far as lines need it: SeaBIOS moves the cursor in the middle of a line whenever it sends a part of one.
 * What the guest writes twice (to the BIOS screen and to the port) stands twice, and a BIOS screen breaks its lines after
 * 80 columns.
 */
export class Console {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  readonly #raw: Uint8Array[] = [];
  #rawLength = 0;
  #pending = '';
  #line: string[] = [];
  #column = 0;
  /** Counted from 1; undefined until an absolute position was seen. */
  #row: number | undefined;
  #bottom = PC_ROWS;
  readonly #lines: string[] = [];

  /** `onLine` takes each line when it ends; empty lines are not told. */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(octets: Uint8Array): void {
    if (this.#rawLength < MOST_RAW) {
      this.#raw.push(octets);
      this.#rawLength += octets.length;
    }
    const text = this.#pending + this.#decoder.write(octets as Buffer);
    const cut = CUT_ESCAPE.exec(text);
    this.#pending = cut === null || text.length - cut.index > LONGEST_ESCAPE ? '' : text.slice(cut.index);
    const end = text.length - this.#pending.length;
    for (let at = 0; at < end; ) {
      ESCAPE.lastIndex = at;
      const sequence = text[at] === '\x1b' ? ESCAPE.exec(text) : null;
      if (sequence === null) this.#write(text[at++] ?? '');
      else {
        at += sequence[0].length;
        this.#obey(sequence[2], sequence[1] ?? '');
      }
    }
  }

  /** The machine is gone: the last line has ended. */
  end(): void {
    this.#endLine();
  }

  #write(character: string): void {
    switch (character) {
      case '\n':
        this.#endLine();
        if (this.#row !== undefined) this.#row = Math.min(this.#row + 1, this.#bottom);
        break;
      case '\r':
        this.#column = 0;
        break;
      case '\b':
        this.#column = Math.max(0, this.#column - 1);
        break;
      default:
        // Other control characters print nothing.
        if (character < ' ' && character !== '\t') break;
        this.#line[this.#column++] = character;
        if (this.#column >= LONGEST_LINE) this.#endLine();
    }
  }

  /** CUP and HVP go to a row and column; ED clears the screen. The others change how text looks, not what it says. */
  #obey(command: string | undefined, parameters: string): void {
    if (command === 'J') this.#endLine();
    if (command !== 'H' && command !== 'f') return;
    const [row = 1, column = 1] = parameters.split(';').map((number) => Number(number) || 1);
    const sameLine = this.#row === undefined ? column > 1 : row === this.#row;
    if (!sameLine) this.#endLine();
    this.#row = row;
    this.#bottom = Math.max(this.#bottom, row);
    this.#column = Math.min(column - 1, LONGEST_LINE);
  }

  #endLine(): void {
    const line = this.#textOfLine();
    this.#line = [];
    this.#column = 0;
    if (line === '') return;
    this.#lines.push(line);
    if (this.#lines.length > MOST_LINES) this.#lines.shift();
    this.#onLine(line);
  }

  #textOfLine(): string {
    return Array.from(this.#line, (character) => character ?? ' ')
      .join('')
      .trimEnd();
  }

  /** What was written so far, the line that has not ended included. */
  text(): string {
    const last = this.openLine();
    return [...this.#lines, ...(last === '' ? [] : [last]), ''].join('\n');
  }

  /** The line that has not ended: a prompt, or one that is being written. */
  openLine(): string {
    return this.#textOfLine();
  }

  /** The octets as they came, up to 4 MiB. */
  raw(): Uint8Array {
    return Buffer.concat(this.#raw);
  }
}
