import type { Packet } from '../../story/packet.ts';
import type { Ipv4Address, Ipv6Address, MacAddress } from '../../wire/address.ts';
import type { Difference } from './difference.ts';
import type { ReplayHost } from './host.ts';
import type { RenewedSecs } from './renewed-secs.ts';
import type { Roles } from './roles.ts';
import type { Roles6 } from './roles6.ts';
import type { ReplayScript, ReplayStep } from './step.ts';
import type { TcpConnection } from './tcp-connection.ts';

/**
 * One for each exchange. `got`: there is nothing recorded to compare with. `skipped`: the client could not come so far.
 * And one for each answer that the recording lacks: `extra`.
 */
export type ExchangeVerdict = 'same' | 'differs' | 'missing' | 'extra' | 'got' | 'skipped';

export type ExchangeResult = {
  readonly client: string;
  readonly what: string;
  readonly verdict: ExchangeVerdict;
  /** Of the capture: the client's frame, then the answers'. */
  readonly recorded: readonly number[];
  /** Of the new capture. */
  readonly frames: readonly number[];
  readonly differences: readonly Difference[];
  readonly note: string | undefined;
};

export type Relays = {
  readonly v4: ReadonlyMap<Ipv4Address, Ipv4Address>;
  readonly v6: ReadonlyMap<Ipv6Address, Ipv6Address>;
};

/** Every relay stands where it was recorded. */
export const NO_RELAYS: Relays = { v4: new Map(), v6: new Map() };
/** A server that pings an address before it offers it takes up to 3 s. */
export const PATIENCE_MS = 6_000;

export type ReplayOptions = {
  /** Not the recorded pauses: each step as soon as the one before it is over. */
  readonly fast: boolean;
  /** A pause of the recording is kept up to here, in milliseconds. */
  readonly longestPause: number;
  /** How long an answer is waited for that the recording has, in milliseconds. */
  readonly patience: number;
  /** On a cable that loses frames: a question that the recording has an answer to is asked so often more than it was. */
  readonly moreTries?: number;
  readonly renew: {
    /** New transaction ids, made of the recorded ones by this. */
    readonly xid: ((recorded: number) => number) | undefined;
    /** Seconds since the client began: counted now. */
    readonly secs: boolean;
  };
  /** Relays that stand at another address in the lab, by the recorded one: giaddr, or DHCPv6's link address. */
  readonly relays: Relays;
  /** The server under test: who is asked where the recording does not say how the client came to know of a server. */
  readonly server: Ipv4Address | undefined;
};

/** What came of a step. Nothing said of frames, differences or a note: there are none. */
export type Outcome = Pick<ExchangeResult, 'what' | 'verdict'> & {
  /** Of the capture: the answers'. */
  readonly answers: readonly number[];
  /** The moment of now that stands for the recorded end of the step, where that is not the end of this one. */
  readonly since?: number;
} & Partial<Pick<ExchangeResult, 'frames' | 'differences' | 'note'>>;

/** What an exchange may use of the client that makes it. */
export type Actor = {
  readonly script: ReplayScript;
  readonly options: ReplayOptions;
  readonly host: ReplayHost;
  /** A host that others speak by, too: a relay's. Only what comes to it from now on is heard. */
  readonly relay: (mac: MacAddress, address: Ipv4Address) => ReplayHost;
  /** The same, by IPv6. */
  readonly relay6: (mac: MacAddress) => ReplayHost;
  readonly roles: Roles;
  readonly roles6: Roles6;
  readonly secs: RenewedSecs;
  /** Of HTTP, by the name that the recording's connection has: more may be asked on one. */
  readonly connections: Map<number, TcpConnection>;
  /** What the client does after this step. */
  readonly next: ReplayStep | undefined;
  /** The step is over: the exchange hears nothing more but by `late`. To be called once. */
  readonly over: (outcome: Outcome, now: number) => void;
  /** Something that the recording lacks. */
  readonly extra: (outcome: Outcome, now: number) => void;
};

/** A step being done again, sans-IO: one file for each protocol. */
export type Exchange = {
  /** Sends the first frame. It may be over at once. */
  readonly begin: (now: number) => void;
  /** When it wants to be woken if nothing comes before. */
  readonly wakeAt: number;
  /** Something that came for one of the client's hosts, and whether it is part of this. Its frame's number is the new capture's. */
  readonly packet: (packet: Packet, now: number) => boolean;
  /** Something that nothing else took, after the end too, and whether it is part of this. */
  readonly late?: (packet: Packet, now: number) => boolean;
  readonly wake: (now: number) => void;
};
