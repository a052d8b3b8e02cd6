import type { Duplex } from 'node:stream';
import { VmError } from './vm-error.ts';

export type QmpEvent = {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** When it happened, by QEMU: nanoseconds since 1970, to the microsecond. */
  readonly timeNs: bigint;
};

/** The QEMU Machine Protocol on a unix socket: one JSON document a line (QEMU docs/interop/qmp-spec). */
export class Qmp implements Disposable {
  readonly #socket: Duplex;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #greeting = Promise.withResolvers<void>();
  readonly #onEvent: (event: QmpEvent) => void;
  #id = 0;
  #closed: VmError | undefined;

  private constructor(socket: Duplex, onEvent: (event: QmpEvent) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    // Not node:readline: it hands on errors of the socket as its own, and a last line that was cut off.
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#hear(line);
    });
    // QEMU was killed. What follows is 'close', and the end of its process says more.
    socket.on('error', () => {});
    socket.on('close', () => this.#close(new VmError('VM_QMP', 'QEMU closed its control socket')));
  }

  /** Waits for QEMU's greeting on a connected socket and leaves its negotiation mode. */
  static async open(socket: Duplex, onEvent: (event: QmpEvent) => void): Promise<Qmp> {
    const qmp = new Qmp(socket, onEvent);
    await qmp.#greeting.promise;
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  /** Rejects with VmError (VM_QMP): what QEMU answers to a command it refuses, or that it is gone. */
  async execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#closed !== undefined) throw this.#closed;
    const id = ++this.#id;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    this.#socket.write(
      `${JSON.stringify({ execute: command, id, ...(args === undefined ? {} : { arguments: args }) })}\n`,
    );
    return answer.promise;
  }

  #hear(line: string): void {
    const message = JSON.parse(line) as {
      readonly QMP?: unknown;
      readonly event?: string;
      readonly data?: Readonly<Record<string, unknown>>;
      readonly timestamp?: { readonly seconds: number; readonly microseconds: number };
      readonly id?: number;
      readonly return?: unknown;
      readonly error?: { readonly class: string; readonly desc: string };
    };
    if (message.QMP !== undefined) this.#greeting.resolve();
    if (message.event !== undefined) {
      const { seconds = 0, microseconds = 0 } = message.timestamp ?? {};
      const timeNs = BigInt(seconds) * 1_000_000_000n + BigInt(microseconds) * 1_000n;
      this.#onEvent({ event: message.event, data: message.data ?? {}, timeNs });
    }
    const answer = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (answer === undefined || message.id === undefined) return;
    this.#waiting.delete(message.id);
    if (message.error === undefined) answer.resolve(message.return);
    else answer.reject(new VmError('VM_QMP', `QEMU refused: ${message.error.desc} (${message.error.class})`));
  }

  #close(why: VmError): void {
    this.#closed = why;
    this.#greeting.reject(why);
    for (const answer of this.#waiting.values()) answer.reject(why);
    this.#waiting.clear();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
