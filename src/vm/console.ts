import { StringDecoder } from 'node:string_decoder';

/**
 * Terminal control that firmware sends: CSI sequences (ECMA-48 §5.4), OSC up to BEL or ST, and two-octet escapes, some
 * with an intermediate octet (character sets).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-~])/g;
/** The beginning of an escape sequence that the next octets may complete. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const CUT_ESCAPE = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*|[ -/]*)?$/;
/** Moves the cursor to another line: what follows is a new line of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const CURSOR_MOVE = /\x1b\[(?:\d+;\d+)?[Hf]|\x1b\[\d*[JE]/g;

/** Longest line kept in one piece: a guest that writes without line ends must not fill the memory. */
const LONGEST_LINE = 4_096;
const KEPT_RAW = 4 * 1024 * 1024;

/** A serial console: octets in, lines of text out. The octets themselves are kept, up to 4 MiB. */
export class Console {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  readonly #raw: Uint8Array[] = [];
  #rawLength = 0;
  #pending = '';
  #line: string[] = [];
  #column = 0;
  #lines: string[] = [];

  /** `onLine` takes each line when it ends; empty lines are not told. */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(octets: Uint8Array): void {
    if (this.#rawLength < KEPT_RAW) {
      this.#raw.push(octets);
      this.#rawLength += octets.length;
    }
    const text = this.#pending + this.#decoder.write(octets as Buffer);
    const cut = CUT_ESCAPE.exec(text);
    this.#pending = cut === null || text.length - cut.index > 64 ? '' : text.slice(cut.index);
    const whole = text.slice(0, text.length - this.#pending.length);
    for (const character of whole.replace(CURSOR_MOVE, '\n').replace(ESCAPE, '')) this.#write(character);
  }

  #write(character: string): void {
    switch (character) {
      case '\n':
        this.#endLine();
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

  #endLine(): void {
    const line = Array.from(this.#line, (character) => character ?? ' ')
      .join('')
      .trimEnd();
    this.#line = [];
    this.#column = 0;
    if (line === '') return;
    this.#lines.push(line);
    this.#onLine(line);
  }

  /** What was written so far, the line that has not ended included. */
  text(): string {
    const last = this.#line.join('').trimEnd();
    return [...this.#lines, ...(last === '' ? [] : [last]), ''].join('\n');
  }

  /** The octets as they came. */
  raw(): Uint8Array {
    return Buffer.concat(this.#raw);
  }
}
