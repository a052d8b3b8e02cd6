import type { Packet } from '../../story/packet.ts';
import { serializeHttpHead } from '../../wire/http.ts';
import { compareHttp, learnUrls } from './compare-http.ts';
import type { Actor, Exchange, Outcome } from './exchange.ts';
import { HttpRead } from './http-read.ts';
import type { HttpStep } from './http-step.ts';
import { type HttpTarget, httpTarget } from './http-target.ts';
import { takeRecordedAddress } from './recorded-address.ts';
import { whyUnanswered } from './step.ts';
import { TcpConnection, type TcpEnd } from './tcp-connection.ts';

const ENDED: Readonly<Record<TcpEnd, string>> = {
  fin: 'the server closed the connection',
  reset: 'the server reset the connection',
  refused: 'nobody listens there: the connection was refused',
  silent: 'nobody answered on that connection',
};

/** An HTTP request and its answer, on the connection that it was made on, or on a new one where that is over. */
export class HttpExchange implements Exchange {
  readonly #step: HttpStep;
  readonly #actor: Actor;
  readonly #read: HttpRead;
  readonly #frames: number[] = [];
  #to: HttpTarget | undefined;
  #connection: TcpConnection | undefined;
  #isOver = false;
  #patienceEnds = Number.POSITIVE_INFINITY;

  constructor(step: HttpStep, actor: Actor) {
    this.#step = step;
    this.#actor = actor;
    this.#read = new HttpRead(step.request.method);
  }

  get wakeAt(): number {
    return Math.min(this.#connection?.wakeAt ?? Number.POSITIVE_INFINITY, this.#patienceEnds);
  }

  begin(now: number): void {
    const { roles, options } = this.#actor;
    const obstacle = takeRecordedAddress(this.#step.clientAddress, this.#actor);
    const to = obstacle ?? httpTarget(this.#step, roles);
    if (typeof to === 'string') {
      this.#over({ verdict: 'skipped', note: to }, now);
      return;
    }
    this.#to = to;
    this.#patienceEnds = now + options.patience;
    this.#connection = this.#connectionTo(to, now);
    const { request, body } = this.#step;
    const { method, version } = request;
    const head = serializeHttpHead({
      kind: 'request',
      ...{ method, version, target: to.target, headers: to.headers },
    });
    this.#connection.write(body === undefined ? head : Buffer.concat([head, body]), now);
  }

  packet(packet: Packet, now: number): boolean {
    return this.#connection?.take(packet, now) ?? false;
  }

  late(packet: Packet, now: number): boolean {
    return this.packet(packet, now);
  }

  wake(now: number): void {
    const connection = this.#connection;
    if (connection !== undefined && connection.wakeAt <= now) connection.wake(now);
    if (!this.#isOver && now >= this.#patienceEnds) this.#end('no answer came', now);
  }

  #connectionTo({ server, port }: HttpTarget, now: number): TcpConnection {
    const { host, connections } = this.#actor;
    const { connection: name, clientPort, initialSeq, options } = this.#step;
    const listener = {
      data: (bytes: Uint8Array, frame: number, at: number) => this.#data(bytes, frame, at),
      end: (how: TcpEnd, frame: number | undefined, at: number) => this.#ended(how, frame, at),
    };
    const known = connections.get(name);
    if (known?.isOpen === true && known.reaches(server, port)) {
      known.listener = listener;
      return known;
    }
    const spec = { host, server, serverPort: port, clientPort, initialSeq, options };
    const connection = new TcpConnection(spec, listener);
    connections.set(name, connection);
    connection.connect(now);
    return connection;
  }

  #data(bytes: Uint8Array, frame: number, now: number): void {
    if (this.#isOver) return;
    this.#heard(frame);
    this.#patienceEnds = now + this.#actor.options.patience;
    this.#read.push(bytes);
    if (this.#read.complete !== undefined) this.#end(this.#read.problem, now);
  }

  #ended(how: TcpEnd, frame: number | undefined, now: number): void {
    if (this.#isOver) {
      this.#connection?.finish(now);
      return;
    }
    if (frame !== undefined) this.#heard(frame);
    this.#read.end(how === 'fin' ? 'closed' : 'cut');
    this.#end(this.#read.complete === true ? undefined : ENDED[how], now);
  }

  /** The first and the last frame of the answer are told. */
  #heard(frame: number): void {
    this.#frames[this.#frames.length === 0 ? 0 : 1] = frame;
  }

  /** `why`: what kept the answer from coming whole. */
  #end(why: string | undefined, now: number): void {
    const { response } = this.#step;
    const { roles } = this.#actor;
    const { given } = this.#read;
    const frames = this.#frames;
    if (this.#step.isLast || why !== undefined) this.#connection?.finish(now);
    if (given === undefined) {
      const verdict = response === undefined ? 'same' : 'missing';
      const then =
        response === undefined ? 'as then' : `the recording had an answer in frame ${response.frame}`;
      this.#over({ verdict, frames, note: `${why ?? 'no answer came'}; ${then}` }, now);
      return;
    }
    const came = `${given.status}, ${given.octets} octets${why === undefined ? '' : `; ${why}`}`;
    if (response === undefined) {
      const note = `${came}; ${whyUnanswered(this.#step, this.#actor.script)}`;
      this.#over({ verdict: 'got', frames, note }, now);
      return;
    }
    const differences = compareHttp(response, given, roles);
    learnUrls(response, given, roles);
    const isBroken = why !== undefined && response.complete;
    const verdict = differences.length > 0 || isBroken ? 'differs' : 'same';
    this.#over({ verdict, frames, differences, note: came }, now);
  }

  #over(outcome: Omit<Outcome, 'what' | 'answers'>, now: number): void {
    this.#isOver = true;
    this.#patienceEnds = Number.POSITIVE_INFINITY;
    const { request, response } = this.#step;
    const { method, target } = request;
    const answers = response === undefined ? [] : [response.frame];
    const path = (text: string): string => text.replace(/\?.*/s, '?…');
    const asked = this.#to === undefined ? path(target) : path(this.#to.target);
    const changed = asked === path(target) ? [] : [`asked for ${asked} now`];
    const note = [changed, outcome.note ?? []].flat().join('; ');
    const what = `HTTP ${method} ${path(target)}`;
    this.#actor.over({ what, answers, ...outcome, ...(note && { note }) }, now);
  }
}
