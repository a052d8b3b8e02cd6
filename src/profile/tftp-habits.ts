import { BoundedMap } from '../story/bounded-map.ts';
import { parseTftp, tftpOption } from '../wire/tftp.ts';
import type { Udp } from '../wire/udp.ts';
import type { At, HabitOf } from './habit.ts';
import { tryAgain } from './tries.ts';

const TFTP_PORT = 69;
/** RFC 1350 §2. */
const BLOCK_SIZE = 512;
/** Of UDP's header and TFTP's. */
const HEADERS = 12;
const OPEN = 4_000;
const REPEATS = 32;

type Transfer = {
  readonly habit: HabitOf<'tftp'>;
  blockSize: number;
  lastBlock: number | undefined;
  /** The last packet of either side, where it was an ACK of the client's. */
  lastAck: { readonly block: number; readonly timeNs: bigint } | undefined;
};

/** How clients ask for files, and acknowledge what they get. */
export class TftpHabits {
  /** By the client's address and port. */
  readonly #open = new BoundedMap<string, Transfer>(OPEN);

  /** A habit that begins with this packet. */
  fromClient(client: string, udp: Udp, at: At): HabitOf<'tftp'> | undefined {
    const open = this.#open.get(client);
    if (udp.destinationPort !== TFTP_PORT) {
      if (open !== undefined) acknowledge(open, udp, at);
      return undefined;
    }
    const parsed = parseTftp(udp.payload);
    if (!parsed.ok || (parsed.value.kind !== 'rrq' && parsed.value.kind !== 'wrq')) return undefined;
    const { file } = parsed.value;
    if (open !== undefined && open.habit.answeredNs === undefined && open.habit.file === file) {
      tryAgain(open.habit, at);
      return undefined;
    }
    const habit: HabitOf<'tftp'> = {
      ...at,
      kind: 'tftp',
      file,
      tries: [at],
      answeredNs: undefined,
      blocks: 0,
      windowSize: 1,
      acks: 0,
      ackRepeatsNs: [],
      oackAcknowledged: undefined,
      lastAcknowledged: undefined,
    };
    this.#open.set(client, { habit, blockSize: BLOCK_SIZE, lastBlock: undefined, lastAck: undefined });
    return habit;
  }

  /** What goes to a client's port. */
  fromServer(client: string, udp: Udp, { timeNs }: At): void {
    const open = this.#open.get(client);
    const parsed = open === undefined ? undefined : parseTftp(udp.payload);
    if (open === undefined || parsed?.ok !== true) return;
    const { habit } = open;
    habit.answeredNs ??= timeNs;
    open.lastAck = undefined;
    if (parsed.value.kind === 'oack') {
      habit.windowSize = Number(tftpOption(parsed.value.options, 'windowsize') ?? 1) || 1;
      open.blockSize = Number(tftpOption(parsed.value.options, 'blksize') ?? BLOCK_SIZE);
      habit.oackAcknowledged ??= false;
    } else if (parsed.value.kind === 'data') {
      habit.blocks++;
      // A first fragment has less of it than UDP's length says.
      if (udp.length - HEADERS < open.blockSize) {
        open.lastBlock = parsed.value.block;
        habit.lastAcknowledged ??= false;
      }
    }
  }
}

function acknowledge(transfer: Transfer, udp: Udp, { timeNs }: At): void {
  const parsed = parseTftp(udp.payload);
  if (!parsed.ok || parsed.value.kind !== 'ack') return;
  const { habit, lastAck, lastBlock } = transfer;
  const { block } = parsed.value;
  if (lastAck?.block === block && habit.ackRepeatsNs.length < REPEATS)
    habit.ackRepeatsNs.push(timeNs - lastAck.timeNs);
  if (block === 0 && habit.blocks === 0) habit.oackAcknowledged = true;
  else habit.acks++;
  if (block === lastBlock) habit.lastAcknowledged = true;
  transfer.lastAck = { block, timeNs };
}
