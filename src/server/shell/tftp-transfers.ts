import type { TransferView } from '../transfer-view.ts';
import type { RunningTransfer } from './tftp-session.ts';
import { type Peer, peerKey } from './udp-socket.ts';

/** A transfer in progress, for who looks on. Its size is not known for a write whose client has not said it. */
export type TftpTransferView = TransferView & { readonly direction: 'read' | 'write' };

/** A request that is being served, from the moment it came. */
export type Session = {
  readonly peer: Peer;
  readonly request: string;
  readonly file: string;
  readonly direction: 'read' | 'write';
  readonly since: number;
  size: number | undefined;
  transfer: RunningTransfer | undefined;
};

/** The transfers in progress: one for each client's port (TID), counted by client. */
export class TftpTransfers {
  readonly #byPeer = new Map<string, Session>();
  readonly #byAddress = new Map<string, number>();

  get size(): number {
    return this.#byPeer.size;
  }

  of(peer: Peer): Session | undefined {
    return this.#byPeer.get(peerKey(peer));
  }

  countOf(address: string): number {
    return this.#byAddress.get(address) ?? 0;
  }

  /** Takes the place of another one of that port. */
  add(session: Session): void {
    const present = this.of(session.peer);
    if (present !== undefined) this.remove(present);
    this.#byPeer.set(peerKey(session.peer), session);
    this.#byAddress.set(session.peer.address, this.countOf(session.peer.address) + 1);
  }

  /** Does nothing if another one has its place by now. */
  remove(session: Session): void {
    const { peer } = session;
    if (this.of(peer) !== session) return;
    this.#byPeer.delete(peerKey(peer));
    const left = this.countOf(peer.address) - 1;
    if (left > 0) this.#byAddress.set(peer.address, left);
    else this.#byAddress.delete(peer.address);
  }

  views(now: number): readonly TftpTransferView[] {
    return [...this.#byPeer.values()].map(({ peer, file, direction, since, size, transfer }) => ({
      client: peerKey(peer),
      file,
      direction,
      octets: transfer?.octets() ?? 0,
      size,
      seconds: (now - since) / 1000,
    }));
  }
}
