import { BoundedMap } from '../story/bounded-map.ts';
import { looksLikeIscsiLogin } from '../wire/iscsi/stream.ts';
import type { Tcp } from '../wire/tcp.ts';
import type { TcpOption } from '../wire/tcp-option.ts';
import type { At, Habit, HabitOf } from './habit.ts';
import { IscsiLoginHabits } from './iscsi-habits.ts';
import { tryAgain } from './tries.ts';

const OPEN = 4_000;

type Connection = {
  readonly habit: HabitOf<'tcp'>;
  readonly seq: number;
  /** Octets of data in a full segment. */
  readonly segment: number;
  /** Of the last segment without data. */
  lastAck: { readonly ack: number; readonly window: number } | undefined;
  /** As long as the client logs in to a disk. */
  login: IscsiLoginHabits | undefined;
};

/** How clients open, acknowledge and end connections, and log in to a disk over them. */
export class TcpHabits {
  /** By addresses and ports, the client's first. */
  readonly #open = new BoundedMap<string, Connection>(OPEN);

  /** True for a connection that the sender of such segments opened. */
  knows(key: string): boolean {
    return this.#open.has(key);
  }

  /** Habits that begin with this segment. */
  fromClient(key: string, tcp: Tcp, at: At): readonly Habit[] {
    const { flags, seq, options } = tcp;
    const open = this.#open.get(key);
    if (flags.syn && !flags.ack) {
      if (open?.seq === seq) {
        tryAgain(open.habit, at);
        return [];
      }
      const habit = opening(tcp, at);
      const segment = segmentSize(options);
      this.#open.set(key, { habit, seq, segment, lastAck: undefined, login: undefined });
      return [habit];
    }
    if (open === undefined) return [];
    hearClient(open, tcp);
    return hearLogin(open, tcp, at);
  }

  fromServer(key: string, { payload }: Tcp, { timeNs }: At): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    open.habit.answeredNs ??= timeNs;
    // A capture on the sending machine shows many segments as one.
    open.habit.received += Math.ceil(payload.length / open.segment);
  }
}

/** RFC 9293 §3.7.1: the default; RFC 6691 §2: options take of it. */
const DEFAULT_SEGMENT = 536;
const TIMESTAMPS = 12;

function segmentSize(options: readonly TcpOption[]): number {
  const said = options.find((option) => option.kind === 'mss')?.mss ?? DEFAULT_SEGMENT;
  const taken = options.some(({ kind }) => kind === 'timestamps') ? TIMESTAMPS : 0;
  return Math.max(1, said - taken);
}

function opening(tcp: Tcp, at: At): HabitOf<'tcp'> {
  return {
    ...at,
    kind: 'tcp',
    tries: [at],
    answeredNs: undefined,
    options: tcp.options.map(optionText),
    window: tcp.window,
    port: tcp.sourcePort,
    received: 0,
    acks: 0,
    repeatedAcks: 0,
    ended: undefined,
  };
}

function optionText(option: TcpOption): string {
  switch (option.kind) {
    case 'mss':
      return `mss ${option.mss}`;
    case 'window-scale':
      return `window-scale ${option.shift}`;
    case 'unknown':
      return `option ${option.code}`;
    default:
      return option.kind;
  }
}

function hearLogin(connection: Connection, tcp: Tcp, at: At): readonly Habit[] {
  if (connection.login === undefined) {
    if (connection.habit.received > 0 || !looksLikeIscsiLogin(tcp.payload)) return [];
    connection.login = new IscsiLoginHabits();
  }
  const habits = connection.login.hear(tcp, at);
  if (connection.login.isOver) connection.login = undefined;
  return habits;
}

function hearClient(connection: Connection, { flags, ack, window, payload }: Tcp): void {
  const { habit, lastAck } = connection;
  if (flags.rst) habit.ended = habit.ended === 'fin' ? 'rst after fin' : (habit.ended ?? 'rst');
  else if (flags.fin) habit.ended ??= 'fin';
  if (payload.length > 0 || flags.fin || flags.rst || !flags.ack) return;
  // The one that ends the handshake acknowledges no data.
  if (habit.received > 0) habit.acks++;
  if (lastAck?.ack === ack && lastAck.window === window) habit.repeatedAcks++;
  connection.lastAck = { ack, window };
}
