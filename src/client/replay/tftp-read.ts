import { createHash } from 'node:crypto';
import { blockNumber, parseTftp, serializeTftp, type TftpOption, tftpOption } from '../../wire/tftp.ts';
import type { TftpGiven, TftpStep } from './tftp-step.ts';

const DEFAULT_BLOCK = 512;

/**
 * The client's side of one read, sans-IO: the recorded request, and ACKs as RFC 1350, 2347 and 7440 want them; a read
 * that the client ended itself (a size probe) is ended at the same block with the same ERROR.
 */
export class TftpRead {
  readonly #step: TftpStep;
  readonly #hash = createHash('sha256');
  #oack: readonly TftpOption[] | undefined;
  #error: TftpGiven['error'];
  #blocks = 0;
  #octets = 0;
  #blockSize = DEFAULT_BLOCK;
  #window = 1;
  #sinceAck = 0;
  #complete = false;
  /** What to send again when nothing comes. */
  last: Uint8Array;
  ended = false;

  constructor(step: TftpStep, file: string) {
    this.#step = step;
    this.last = serializeTftp({ ...step.request, file });
  }

  /** Takes a datagram of the server; what to send for it. */
  take(payload: Uint8Array): Uint8Array | undefined {
    const parsed = parseTftp(payload);
    if (!parsed.ok || this.ended) return undefined;
    const packet = parsed.value;
    switch (packet.kind) {
      case 'oack':
        if (this.#blocks > 0) return undefined;
        this.#oack = packet.options;
        this.#blockSize = numberOf(packet.options, 'blksize') ?? DEFAULT_BLOCK;
        this.#window = numberOf(packet.options, 'windowsize') ?? 1;
        return this.#abort() ?? this.#ack();
      case 'data':
        return this.#data(packet.block, packet.data);
      case 'error':
        this.#error = { code: packet.code, message: packet.message };
        this.ended = true;
        return undefined;
      default:
        return undefined;
    }
  }

  get given(): TftpGiven {
    return {
      oack: this.#oack,
      octets: this.#octets,
      sha256: this.#complete ? this.#hash.copy().digest('hex') : undefined,
      error: this.#error,
    };
  }

  #data(block: number, data: Uint8Array): Uint8Array | undefined {
    // Something of the window is missing, or came twice: the last block in order is acknowledged again (RFC 7440 §4).
    if (block !== blockNumber(this.#blocks + 1)) return this.#ack();
    this.#hash.update(data);
    this.#blocks++;
    this.#octets += data.length;
    this.#sinceAck++;
    this.#complete = data.length < this.#blockSize;
    const abort = this.#abort();
    if (abort !== undefined) return abort;
    this.ended = this.#complete;
    return this.#complete || this.#sinceAck >= this.#window ? this.#ack() : undefined;
  }

  #ack(): Uint8Array {
    this.#sinceAck = 0;
    this.last = serializeTftp({ kind: 'ack', block: blockNumber(this.#blocks) });
    return this.last;
  }

  #abort(): Uint8Array | undefined {
    const { abort } = this.#step;
    if (abort === undefined || this.#blocks < abort.blocks) return undefined;
    this.ended = true;
    return abort.payload;
  }
}

/** Undefined where the option is not there, or no number of blocks or octets: then it is as if it were not there. */
function numberOf(options: readonly TftpOption[], name: string): number | undefined {
  const value = tftpOption(options, name);
  return value !== undefined && /^\d{1,5}$/.test(value) && Number(value) > 0 ? Number(value) : undefined;
}
