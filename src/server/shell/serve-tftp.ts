import { pathMtu } from '../../os/udp-peer.ts';
import { TFTP_ERROR, type TftpOption, tftpOption } from '../../wire/tftp.ts';
import type { ServerEvent } from '../event.ts';
import { toNetascii } from '../tftp/netascii.ts';
import {
  acceptTftpRequest,
  blksizeOfMtu,
  negotiateTftp,
  type TftpAccepted,
  type TftpLimits,
  type TftpTerms,
  tftpError,
} from '../tftp/tftp-request.ts';
import { acceptUpload, type UploadSettings } from './accept-upload.ts';
import { type BlockSource, blockSource, bufferSource, netasciiSource } from './block-source.ts';
import type { BootDescriptor, BootFolder } from './boot-folder.ts';
import type { Clock } from './clock.ts';
import { MappedFiles } from './mapped-files.ts';
import { socketError } from './server-error.ts';
import type { Service } from './service.ts';
import { SharedPort } from './shared-port.ts';
import { openTftpPlane, type TftpPlane } from './tftp-plane.ts';
import { accessViolation, fileNotFound, TftpRefusal, tftpRefusal } from './tftp-refusal.ts';
import { type RunningTransfer, runTransfer, type SessionEnd, type SessionSpec } from './tftp-session.ts';
import { type Session, TftpTransfers, type TftpTransferView } from './tftp-transfers.ts';
import { openTransferPort, type PortRange, portsToTry } from './transfer-port.ts';
import { openUdp, type Peer, peerKey, type UdpHandler, type UdpSocket } from './udp-socket.ts';
import { runUpload } from './upload-session.ts';

export type TftpSettings = {
  readonly folder: BootFolder;
  /** What is made where the folder has no such file; undefined: nothing. */
  readonly generated?: ((segments: readonly string[]) => Uint8Array | undefined) | undefined;
  readonly limits: TftpLimits;
  readonly maxTransfers: number;
  readonly maxTransfersPerClient: number;
  /** The ports of transfers; 'single': the service's own for all of them. */
  readonly ports: PortRange | 'any' | 'single';
  /** Undefined: nobody may write. */
  readonly upload: UploadSettings | undefined;
};

export type TftpDeps = { readonly clock: Clock; readonly log: (event: ServerEvent) => void };

export interface TftpService extends Service<TftpSettings> {
  readonly transfers: () => readonly TftpTransferView[];
}

/** Less than any machine needs to restart, and than most clients wait before they ask again. */
const BEGAN_ANEW_MS = 2000;

type Served = Extract<TftpAccepted, { kind: 'serve' | 'receive' }>;

/** Serves a folder by TFTP. Throws ServerError. Disposing of it ends all transfers. */
export async function serveTftp(
  { address, port }: { readonly address: string; readonly port: number },
  initial: TftpSettings,
  deps: TftpDeps,
): Promise<TftpService> {
  const { clock, log } = deps;
  await using undo = new AsyncDisposableStack();
  let settings = initial;
  let open = true;
  const transfers = new TftpTransfers();
  const running = new Set<RunningTransfer>();
  const mapped = new MappedFiles();
  /** For transfers that have no port of their own. */
  const sharedPort = new SharedPort();

  let socket: UdpSocket;
  try {
    // Bound to one address: what is sent to a broadcast address does not come here (RFC 1123 §4.2.3.5).
    socket = undo.use(await openUdp({ address, port }, (bytes, peer) => onDatagram(bytes, peer)));
  } catch (error) {
    throw socketError(`TFTP on ${address}:${port}`, error);
  }
  const plane = undo.use(openPlane(log));

  const onDatagram: UdpHandler = (bytes, peer) => {
    const ofTransfer = sharedPort.handlerOf(peer);
    const isRequest = bytes[0] === 0 && (bytes[1] === 1 || bytes[1] === 2);
    if (ofTransfer !== undefined && !isRequest) ofTransfer(bytes, peer);
    else onRequest(bytes, peer);
  };

  const onRequest = (bytes: Uint8Array, peer: Peer): void => {
    const accepted = acceptTftpRequest(bytes);
    switch (accepted.kind) {
      case 'ignore':
        log({ stage: 'bad-input', protocol: 'TFTP', client: peer.address, because: accepted.because });
        return;
      case 'refuse':
        socket.send(accepted.error, peer.port, peer.address);
        if (accepted.file !== '') logEnd(peer, accepted.file, 'refused', accepted);
        else log({ stage: 'bad-input', protocol: 'TFTP', client: peer.address, because: accepted.because });
        return;
      case 'serve':
      case 'receive':
        onAccepted(accepted, Buffer.from(bytes).toString('latin1'), peer);
        return;
      default:
        accepted satisfies never;
    }
  };

  const refuse = (peer: Peer, file: string, error: unknown): void => {
    const refusal = tftpRefusal(error);
    socket.send(tftpError(refusal.code, refusal.message), peer.port, peer.address);
    logEnd(peer, file, 'refused', refusal);
  };

  const logEnd = (
    peer: Peer,
    file: string,
    did: Extract<ServerEvent, { stage: 'tftp' }>['did'],
    more: { readonly octets?: number; readonly because?: string; readonly seconds?: number },
  ): void => {
    const { octets, because, seconds } = more;
    log({
      ...{ stage: 'tftp', client: peerKey(peer), did, file },
      ...(octets === undefined ? {} : { octets }),
      ...(seconds === undefined ? {} : { seconds }),
      ...(because === undefined ? {} : { because }),
    });
  };

  const onAccepted = (accepted: Served, request: string, peer: Peer): void => {
    const { file } = accepted.request;
    const present = transfers.of(peer);
    if (present !== undefined) {
      // The same request again is a copy that was late, as long as the transfer goes on or is about to: its answer is repeated
      // anyway, and it must not be disturbed (TFTP-027). Another one, or the same after a silence, is a client that began anew.
      const quiet = present.transfer?.quiet() ?? 0;
      if (present.request === request && quiet < BEGAN_ANEW_MS) return;
      transfers.remove(present);
      present.transfer?.abandon();
    }
    const { maxTransfers, maxTransfersPerClient } = settings;
    if (transfers.size >= maxTransfers || transfers.countOf(peer.address) >= maxTransfersPerClient) {
      refuse(peer, file, new TftpRefusal(TFTP_ERROR.notDefined, 'too many transfers'));
      return;
    }
    const direction = accepted.kind === 'serve' ? 'read' : 'write';
    const session: Session = {
      ...{ peer, request, file, direction, since: clock.now() },
      ...{ size: undefined, transfer: undefined },
    };
    transfers.add(session);
    const begin = accepted.kind === 'serve' ? read : write;
    void begin(accepted, session).catch((error: unknown) => {
      transfers.remove(session);
      refuse(peer, file, error);
    });
  };

  const negotiate = (options: readonly TftpOption[], size: number | undefined, peer: Peer): TftpTerms => {
    const { maxBlksize, maxWindowsize } = settings.limits;
    const mtu = tftpOption(options, 'blksize') === undefined ? undefined : pathMtu(address, peer);
    const carried = mtu === undefined ? maxBlksize : Math.min(maxBlksize, blksizeOfMtu(mtu));
    return negotiateTftp(options, size, { maxBlksize: carried, maxWindowsize });
  };

  const read = async (accepted: Served, session: Session): Promise<void> => {
    // Most requests of a boot miss, and thousands come at once: to look costs less than to wait for an answer would.
    const found = settings.folder.openNow(accepted.segments);
    if (found.kind !== 'file') {
      if (found.kind === 'denied') throw accessViolation();
      const made = settings.generated?.(accepted.segments);
      if (made === undefined) throw fileNotFound();
      await send(bufferSource(accepted.mode === 'octet' ? made : toNetascii(made)), accepted, session);
      return;
    }
    const goesByPlane = accepted.mode === 'octet' && settings.ports !== 'single' && plane.usable();
    if (goesByPlane && sendMapped(accepted, session, found.file)) return;
    found.file[Symbol.dispose]();
    const opened = await settings.folder.open(accepted.segments);
    if (opened.kind !== 'file') throw fileNotFound();
    await send(
      accepted.mode === 'octet' ? blockSource(opened.file) : await netasciiSource(opened.file),
      accepted,
      session,
    );
  };

  const send = async (source: BlockSource, accepted: Served, session: Session): Promise<void> => {
    const terms = negotiate(accepted.request.options, source.size, session.peer);
    started(session, source.size);
    await follow(session, (run) => runTransfer({ ...specOf(session, terms), source }, run));
  };

  /** False if it cannot be done this way; the file is then still the caller's. */
  const sendMapped = ({ request }: Served, session: Session, file: BootDescriptor): boolean => {
    const { peer } = session;
    let memory: ReturnType<MappedFiles['map']>;
    try {
      memory = mapped.map(file);
    } catch {
      return false;
    }
    const { size, fd, modified } = memory;
    const terms = negotiate(request.options, size, peer);
    const transfer = plane.start(
      {
        ...{ address, peer, terms, size, fd, modified, memory: memory.address },
        ports: portsToTry(
          settings.ports === 'any' || settings.ports === 'single' ? undefined : settings.ports,
        ),
      },
      ({ outcome, octets, because }) => {
        memory[Symbol.dispose]();
        if (outcome === 'not-started') {
          transfers.remove(session);
          refuse(peer, session.file, new Error(because));
        } else
          ended(session, {
            outcome: outcome === 'failed' ? 'aborted' : outcome,
            octets,
            ...(because === undefined ? {} : { because }),
          });
      },
    );
    started(session, size);
    adopt(session, {
      quiet: transfer.quiet,
      octets: () => Math.min(size, Math.max(0, transfer.blocks()) * terms.blksize),
      abandon: transfer.abandon,
      [Symbol.asyncDispose]: async () => transfer.abandon(),
    });
    return true;
  };

  const write = async (accepted: Served, session: Session): Promise<void> => {
    const terms = negotiate(accepted.request.options, undefined, session.peer);
    const tsize = tftpOption(terms.oack, 'tsize');
    const announced = tsize === undefined ? undefined : Number(tsize);
    const accepting = await acceptUpload(settings.upload, accepted.segments, announced);
    started(session, announced);
    const spec = { ...specOf(session, terms), ...accepting, mode: accepted.mode };
    await follow(session, (run) => runUpload(spec, run));
  };

  const specOf = ({ peer }: Session, terms: TftpTerms): SessionSpec => {
    const { ports } = settings;
    return {
      peer,
      terms,
      open: (onDatagram) =>
        ports === 'single'
          ? Promise.resolve(sharedPort.share(socket, peer, onDatagram))
          : openTransferPort(address, portsToTry(ports === 'any' ? undefined : ports), onDatagram),
    };
  };

  const started = (session: Session, size: number | undefined): void => {
    session.size = size;
    const octets = size === undefined ? {} : { octets: size };
    logEnd(session.peer, session.file, 'started', octets);
  };

  const ended = (session: Session, { outcome, octets, because }: SessionEnd): void => {
    transfers.remove(session);
    if (outcome === 'abandoned') return;
    const seconds = (clock.now() - session.since) / 1000;
    logEnd(session.peer, session.file, outcome, {
      ...{ octets, seconds },
      ...(because === undefined ? {} : { because }),
    });
  };

  const follow = async (
    session: Session,
    start: (run: Parameters<typeof runTransfer>[1]) => Promise<RunningTransfer>,
  ): Promise<void> => {
    let closed = false;
    let transfer: RunningTransfer | undefined;
    transfer = await start({
      clock,
      ended: (end) => ended(session, end),
      closed: () => {
        closed = true;
        if (transfer !== undefined) running.delete(transfer);
      },
    });
    if (!closed) running.add(transfer);
    adopt(session, transfer);
  };

  const adopt = (session: Session, transfer: RunningTransfer): void => {
    session.transfer = transfer;
    // The server may have been stopped, or the client have begun anew, while the file was opened.
    if (!open || transfers.of(session.peer) !== session) transfer.abandon();
  };

  const owned = undo.move();
  return {
    port: socket.port,
    configure: (next) => {
      settings = next;
    },
    transfers: () => transfers.views(clock.now()),
    [Symbol.asyncDispose]: async () => {
      open = false;
      await Promise.all([...running].map((transfer) => transfer[Symbol.asyncDispose]()));
      await owned.disposeAsync();
    },
  };
}

function openPlane(log: TftpDeps['log']): TftpPlane {
  return openTftpPlane((because) =>
    log({ stage: 'server', did: `warning: the thread of TFTP transfers has ended: ${because}` }),
  );
}
