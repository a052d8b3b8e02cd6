import { TFTP_ERROR } from '../../wire/tftp.ts';
import type { ServerEvent } from '../event.ts';
import { toNetascii } from '../tftp/netascii.ts';
import {
  acceptTftpRequest,
  negotiateTftp,
  type TftpAccepted,
  type TftpLimits,
  tftpError,
} from '../tftp/tftp-request.ts';
import { type BlockSource, blockSource, bufferSource } from './block-source.ts';
import type { BootFile, BootFolder } from './boot-folder.ts';
import type { Clock } from './clock.ts';
import { socketError } from './server-error.ts';
import type { Service } from './service.ts';
import { type RunningTransfer, runTransfer } from './tftp-session.ts';
import { openUdp, type UdpSocket } from './udp-socket.ts';

export type TftpSettings = {
  readonly folder: BootFolder;
  /** What is made where the folder has no such file; undefined: nothing. */
  readonly generated?: ((segments: readonly string[]) => Uint8Array | undefined) | undefined;
  readonly limits: TftpLimits;
  readonly maxTransfers: number;
  readonly maxTransfersPerClient: number;
};

export type TftpDeps = { readonly clock: Clock; readonly log: (event: ServerEvent) => void };

/** netascii is converted in memory as a whole: it is for text. */
const MAX_NETASCII_OCTETS = 4 * 1024 * 1024;

const NOTHING = new Uint8Array(0);

type Served = Extract<TftpAccepted, { kind: 'serve' }>;
type Peer = { readonly address: string; readonly port: number };
/** A request that is being served, from the moment it came. */
type Session = { readonly request: string; readonly peer: Peer; transfer: RunningTransfer | undefined };

/** Serves a folder by TFTP, read only. Throws ServerError. Disposing of it ends all transfers. */
export async function serveTftp(
  { address, port }: { readonly address: string; readonly port: number },
  initial: TftpSettings,
  deps: TftpDeps,
): Promise<Service<TftpSettings>> {
  let settings = initial;
  const sessions = new Map<string, Session>();
  let open = true;
  let socket: UdpSocket;
  try {
    // Bound to one address: what is sent to a broadcast address does not come here (RFC 1123 §4.2.3.5).
    socket = await openUdp({ address, port }, (bytes, peer) => onRequest(bytes, peer));
  } catch (error) {
    throw socketError(`TFTP on ${address}:${port}`, error);
  }

  const refuse = (peer: Peer, file: string, error: Uint8Array, because: string): void => {
    socket.send(error, peer.port, peer.address);
    deps.log({ stage: 'tftp', client: `${peer.address}:${peer.port}`, did: 'refused', file, because });
  };

  const onRequest = (bytes: Uint8Array, peer: Peer): void => {
    const accepted = acceptTftpRequest(bytes);
    switch (accepted.kind) {
      case 'ignore':
        deps.log({ stage: 'bad-input', protocol: 'TFTP', client: peer.address, because: accepted.because });
        return;
      case 'refuse':
        if (accepted.file === '') {
          socket.send(accepted.error, peer.port, peer.address);
          deps.log({ stage: 'bad-input', protocol: 'TFTP', client: peer.address, because: accepted.because });
        } else refuse(peer, accepted.file, accepted.error, accepted.because);
        return;
      case 'serve':
        onRead(accepted, Buffer.from(bytes).toString('latin1'), peer);
        return;
      default:
        accepted satisfies never;
    }
  };

  const onRead = (accepted: Served, request: string, peer: Peer): void => {
    const key = `${peer.address}:${peer.port}`;
    const present = sessions.get(key);
    if (present !== undefined) {
      // The same request again before anything was acknowledged: the first one's answer is repeated anyway.
      if (present.request === request && present.transfer?.progressed() !== true) return;
      present.transfer?.abandon();
      sessions.delete(key);
    }
    const ofClient = [...sessions.values()].filter((session) => session.peer.address === peer.address);
    if (sessions.size >= settings.maxTransfers || ofClient.length >= settings.maxTransfersPerClient) {
      refuse(
        peer,
        accepted.request.file,
        tftpError(TFTP_ERROR.notDefined, 'too many transfers'),
        'too many transfers',
      );
      return;
    }
    const session: Session = { request, peer, transfer: undefined };
    sessions.set(key, session);
    const forget = (): void => {
      if (sessions.get(key) === session) sessions.delete(key);
    };
    void start(accepted, session, forget).catch((error: unknown) => {
      forget();
      const because = error instanceof Error ? error.message : String(error);
      refuse(peer, accepted.request.file, tftpError(TFTP_ERROR.notDefined, 'cannot read the file'), because);
    });
  };

  const start = async (accepted: Served, session: Session, forget: () => void): Promise<void> => {
    const { peer } = session;
    const { file, options } = accepted.request;
    const opened = await settings.folder.open(accepted.segments);
    const made = opened.kind === 'missing' ? settings.generated?.(accepted.segments) : undefined;
    if (opened.kind !== 'file' && made === undefined) {
      forget();
      const [code, text] =
        opened.kind === 'missing'
          ? [TFTP_ERROR.fileNotFound, 'file not found']
          : [TFTP_ERROR.accessViolation, 'access violation'];
      refuse(peer, file, tftpError(code, text), text);
      return;
    }
    const source =
      opened.kind === 'file'
        ? await sourceOf(opened.file, accepted.mode)
        : bufferSource(accepted.mode === 'octet' ? (made ?? NOTHING) : toNetascii(made ?? NOTHING));
    session.transfer = await runTransfer(
      { address, peer, file, source, terms: negotiateTftp(options, source.size, settings.limits) },
      { clock: deps.clock, log: deps.log, ended: forget },
    );
    // The server may have been stopped, or the client have begun anew, while the file was opened.
    if (!open || sessions.get(`${peer.address}:${peer.port}`) !== session) session.transfer.abandon();
  };

  return {
    port: socket.port,
    configure: (next) => {
      settings = next;
    },
    [Symbol.asyncDispose]: async () => {
      open = false;
      await socket[Symbol.asyncDispose]();
      await Promise.all([...sessions.values()].map(({ transfer }) => transfer?.[Symbol.asyncDispose]()));
    },
  };
}

/** Takes the file over: the source closes it. */
async function sourceOf(file: BootFile, mode: Served['mode']): Promise<BlockSource> {
  if (mode === 'octet') return blockSource(file);
  try {
    if (file.size > MAX_NETASCII_OCTETS) throw new Error('too large for mode netascii');
    return bufferSource(toNetascii(await file.handle.readFile()));
  } finally {
    await file[Symbol.asyncDispose]();
  }
}
