import type { IpAddress } from '../wire/address.ts';
import type { Dhcpv6Option } from '../wire/dhcpv6.ts';

/** When and by which frame. */
export type At = { readonly frame: number; readonly timeNs: bigint };

/** What is sent again until it is answered. */
export type Tried = {
  /** The first one, and as many after it as are kept (TRIES). */
  readonly tries: At[];
  /** When its answer came. */
  answeredNs: bigint | undefined;
};

export type HeaderHabit = {
  readonly kind: 'header';
  readonly version: 'ipv4' | 'ipv6';
  readonly protocol: 'udp' | 'tcp' | 'icmp';
  readonly text: string;
};

/** RFC 5227 §1.1: a probe has sender address 0, an announcement asks for, or tells, the sender's own. */
export type ArpHabit = Tried & {
  readonly kind: 'arp';
  readonly what: 'probe' | 'announcement' | 'request' | 'reply' | 'was-asked';
  readonly operation: number;
  readonly target: IpAddress;
};

export type NeighbourHabit = Tried & {
  readonly kind: 'neighbour';
  readonly what: 'router-solicitation' | 'neighbour-solicitation' | 'address-detection' | 'group-report';
  readonly from: IpAddress;
  /** Who is asked for; of a report how it is made. */
  readonly target: string;
  readonly options: readonly string[];
};

export type DnsHabit = Tried & {
  readonly kind: 'dns';
  readonly name: string;
  readonly type: string;
  readonly server: IpAddress;
  readonly port: number;
  readonly recursion: boolean;
  readonly edns: string;
};

/** One transfer, from the client's side. */
export type TftpHabit = Tried & {
  readonly kind: 'tftp';
  readonly file: string;
  blocks: number;
  /** As the server granted it (RFC 7440). */
  windowSize: number;
  acks: number;
  /** Times between an ACK and the same one again, with nothing heard between. */
  readonly ackRepeatsNs: bigint[];
  /** Undefined as long as there was none to acknowledge. */
  oackAcknowledged: boolean | undefined;
  lastAcknowledged: boolean | undefined;
};

/** One connection that the client opened. */
export type TcpHabit = Tried & {
  readonly kind: 'tcp';
  readonly options: readonly string[];
  readonly window: number;
  readonly port: number;
  /** Full segments that came, whatever the capture shows in one; acknowledgments without data that went, and how many of those said nothing new. */
  received: number;
  acks: number;
  repeatedAcks: number;
  /** How the client's side ended. */
  ended: 'fin' | 'rst' | 'rst after fin' | undefined;
};

export type IscsiLoginHabit = {
  readonly kind: 'iscsi-login';
  readonly stage: string;
  readonly sessionId: string;
  readonly pairs: readonly { readonly key: string; readonly value: string | undefined }[];
};

export type Dhcpv6Habit = Tried & {
  readonly kind: 'dhcpv6';
  /** `solicit`, or `type 40`. */
  readonly type: string;
  readonly options: readonly Dhcpv6Option[];
  readonly from: string;
  readonly to: string;
};

/** One thing that a client does below or beside the protocols of a story. */
export type Habit = At &
  (HeaderHabit | ArpHabit | NeighbourHabit | DnsHabit | TftpHabit | TcpHabit | IscsiLoginHabit | Dhcpv6Habit);
export type HabitOf<K extends Habit['kind']> = Extract<Habit, { kind: K }>;
