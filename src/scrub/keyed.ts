import { createCipheriv, createHmac } from 'node:crypto';
import { latin1 } from '../wire/bytes.ts';

const BLOCK = 16;
const NO_COUNTER = Buffer.alloc(BLOCK);

/**
 * Numbers that look random and are the same for the same key: without the key nobody gets from a pseudonym back, or
 * tries out what it may have been. `purpose` keeps the uses apart.
 */
export class Keyed {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** 32 octets. */
  digest(purpose: string, what: Uint8Array | string): Uint8Array {
    const text = typeof what === 'string' ? what : latin1(what);
    return createHmac('sha256', this.#key).update(`${purpose}\0${text}`, 'latin1').digest();
  }

  /** 32 bits. */
  number(purpose: string, what: Uint8Array | string): number {
    return Buffer.from(this.digest(purpose, what)).readUInt32BE(0);
  }

  /** `length` octets that stand for the content named by `identity`, from its beginning on. */
  content(identity: string, length: number): Uint8Array {
    const cipher = createCipheriv('aes-256-ctr', this.digest('content', identity), NO_COUNTER);
    return cipher.update(Buffer.alloc(length));
  }
}
