import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { GaveUp } from './patience.ts';

export type HttpAnswer = { readonly status: number; readonly body: string };

/** iPXE waits so long for a connection or an answer. */
const PATIENCE_MS = 60_000;
const MAX_TRIES = 3;

/** One client's connection, kept for the next request as iPXE does, made anew when the server has closed it. */
export class HttpConnection implements Disposable {
  readonly #server: string;
  readonly #from: string;
  #socket: Socket | undefined;
  #received = '';
  #wake: (() => void) | undefined;
  reconnects = 0;

  constructor(server: string, from: string) {
    this.#server = server;
    this.#from = from;
  }

  /** Throws GaveUp. */
  async get(path: string): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      const socket = await this.#connected();
      const request = `GET ${path} HTTP/1.1\r\nHost: ${this.#server}\r\nConnection: keep-alive\r\nUser-Agent: iPXE/1.21.1\r\n\r\n`;
      socket.write(request);
      const answer = await this.#answer(socket);
      if (answer !== undefined) return answer;
      if (attempt === MAX_TRIES) throw new GaveUp(`${this.#from} GET ${path}: no answer`);
      this.reconnects++;
      this.#drop();
    }
  }

  [Symbol.dispose](): void {
    this.#drop();
  }

  async #connected(): Promise<Socket> {
    if (this.#socket?.writable === true) return this.#socket;
    const socket = connect({ host: this.#server, port: 80, localAddress: this.#from, noDelay: true });
    this.#socket = socket;
    this.#received = '';
    socket.setEncoding('latin1').setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('data', (more: string) => {
      this.#received += more;
      this.#wake?.();
    });
    socket.on('close', () => this.#wake?.());
    // Told by `close` too.
    socket.on('error', () => undefined);
    const event = await Promise.race([
      once(socket, 'connect').then(() => 'connect'),
      once(socket, 'close').then(() => 'close'),
    ]);
    if (event === 'close') throw new GaveUp(`${this.#from}: no connection to ${this.#server}`);
    return socket;
  }

  /** Undefined: the connection ended first. */
  async #answer(socket: Socket): Promise<HttpAnswer | undefined> {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end >= 0) {
        const head = this.#received.slice(0, end);
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.NaN);
        if (Number.isNaN(length)) throw new GaveUp(`${this.#from}: an answer without Content-Length`);
        const whole = end + 4 + length;
        if (this.#received.length >= whole) {
          const body = this.#received.slice(end + 4, whole);
          this.#received = this.#received.slice(whole);
          if (/^connection: *close/im.test(head)) this.#drop();
          return { status: Number(head.split(' ')[1]), body };
        }
      }
      if (socket.destroyed || socket.readableEnded) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}
