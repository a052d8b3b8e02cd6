import { PE_HEADER_OCTETS, type PeHeader, readPeHeader } from '../wire/pe-header.ts';

const NO_PROGRAM: PeHeader = { kind: 'other', because: 'it does not begin with "MZ"' };

/** What kind of program a file that goes by is, from its first octets. Keeps some of them only where it is one of UEFI's. */
export class ProgramHead {
  #head: Uint8Array | undefined = new Uint8Array(0);
  #header: PeHeader | undefined;

  /** False once further octets change nothing. */
  get isWanted(): boolean {
    return this.#head !== undefined;
  }

  /** The next octets of the file. */
  push(bytes: Uint8Array): void {
    if (this.#head === undefined || bytes.length === 0) return;
    const head = new Uint8Array(Math.min(PE_HEADER_OCTETS, this.#head.length + bytes.length));
    head.set(this.#head);
    head.set(bytes.subarray(0, head.length - this.#head.length), this.#head.length);
    this.#head = head;
    if (head.length < 2) return;
    const isPe = head[0] === 0x4d && head[1] === 0x5a;
    if (isPe && head.length < PE_HEADER_OCTETS) return;
    this.#header = isPe ? readPeHeader(head) : NO_PROGRAM;
    this.#head = undefined;
  }

  /** Octets are missing: what follows says nothing. */
  forget(): void {
    this.#head = undefined;
  }

  /** The file has ended, or what is known of it is wanted. Undefined: not enough of it was seen. */
  header(ended: boolean): PeHeader | undefined {
    if (ended && this.#head !== undefined && this.#head.length > 0) {
      this.#header = readPeHeader(this.#head);
      this.#head = undefined;
    }
    return this.#header;
  }
}
