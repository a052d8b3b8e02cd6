import type { IpAddress, Ipv6Address, MacAddress } from '../wire/address.ts';
import type { ClientIdentity } from '../wire/dhcp/client-identity.ts';
import type { DhcpMessage } from '../wire/dhcp/message.ts';
import type { HttpHeader } from '../wire/http.ts';
import type { PeHeader } from '../wire/pe-header.ts';
import type { TftpOption } from '../wire/tftp.ts';
import type { WireError } from '../wire/wire-error.ts';

/**
 * Which program inside the client speaks. Told by its DHCP messages: iPXE says so (option 77 or 175), an
 * operating system no longer calls itself a PXE client. Everything in between belongs to the one that spoke last.
 */
export type Stage = 'firmware' | 'ipxe' | 'os';

/** As one says it: `iPXE has its address`. */
export const STAGE_NAME = { firmware: 'firmware', ipxe: 'iPXE', os: 'the operating system' } as const;

export type Endpoint = { readonly ip: IpAddress; readonly port: number };

type EventBase = {
  /** When it began: nanoseconds since 1970-01-01 UTC, the capture's clock. */
  readonly timeNs: bigint;
  /** When it ended, or was last heard of. */
  readonly endNs: bigint;
  readonly stage: Stage;
  /** Frames that prove it, at least one unless it came from the machine itself; long transfers keep first and last. */
  readonly frames: readonly number[];
};

/** One DHCP or BOOTP message. `messageType` is option 53's name, or `bootp` where a message has none. */
export type DhcpEvent = EventBase & {
  readonly kind: 'dhcp';
  readonly messageType: string;
  readonly direction: 'from-client' | 'to-client';
  readonly message: DhcpMessage;
  /** Octets of the message that the capture does not hold, options perhaps: what is not there may be among them. */
  readonly missing: number;
  readonly identity: ClientIdentity;
  readonly source: Endpoint;
  readonly destination: Endpoint;
};

/** One DHCPv6 message. What is told is what a boot goes by; relays are looked through. */
export type Dhcpv6Event = EventBase & {
  readonly kind: 'dhcpv6';
  /** `solicit`, `advertise`, `information-request`, ... */
  readonly messageType: string;
  readonly direction: 'from-client' | 'to-client';
  /** 24 bits. */
  readonly transactionId: number;
  /** Of all its associations, in wire order: asked for, offered or given. */
  readonly addresses: readonly Ipv6Address[];
  /** Option 59. */
  readonly bootFileUrl: string | undefined;
  /** Option 61, most preferred first. */
  readonly architectures: readonly number[];
  readonly userClasses: readonly string[];
  readonly vendorClasses: readonly string[];
  /** Status codes that are no success: `NoAddrsAvail "no addresses available"`. */
  readonly failures: readonly string[];
  readonly relayed: boolean;
  /** Octets of the message that the capture does not hold. */
  readonly missing: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
};

export type TftpOutcome =
  | 'in-progress'
  /** The last block was sent and acknowledged. */
  | 'complete'
  /** Asked for tsize, was told, and ended the transfer by ERROR: how firmware learns a file's size. */
  | 'size-probe'
  /** The server answered ERROR. */
  | 'refused'
  /** The client ended it by ERROR after data had flowed. */
  | 'aborted'
  /** Nobody answered the request. */
  | 'unanswered'
  /** Data flowed, then nothing more. */
  | 'stalled';

/** One TFTP transfer, from the request to its last packet. A repeated request is part of the same transfer. */
export type TftpEvent = EventBase & {
  readonly kind: 'tftp';
  readonly operation: 'read' | 'write';
  /** With `…` behind it where the capture does not hold its end. */
  readonly file: string;
  readonly mode: string;
  readonly requested: readonly TftpOption[];
  /** The OACK's options, in wire order, or undefined where the server answered without OACK. */
  readonly acknowledged: readonly TftpOption[] | undefined;
  /** Octets of the request and the OACK that the capture does not hold: options perhaps. */
  readonly missing: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly outcome: TftpOutcome;
  /** Octets of the file that the capture shows, each counted once. */
  readonly octets: number;
  /** Hex SHA-256 of those octets, present when outcome is `complete`, no block is missing and contents are hashed (StoryBuilder). */
  readonly sha256: string | undefined;
  /** What kind of program it is, from its first octets; undefined where the capture does not hold them. */
  readonly program: PeHeader | undefined;
  /** DATA packets sent more than once. */
  readonly retransmissions: number;
  readonly error:
    | { readonly from: 'client' | 'server'; readonly code: number; readonly message: string }
    | undefined;
};

export type HttpResponse = {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HttpHeader[];
  readonly octets: number;
  readonly sha256: string | undefined;
  /** As in a TftpEvent. */
  readonly program: PeHeader | undefined;
  /** The whole body, one character an octet, where it is complete and short (SHORT_BODY): scripts and configurations. */
  readonly text: string | undefined;
  readonly complete: boolean;
  readonly frame: number;
};

/** One HTTP request and what came back. */
export type HttpEvent = EventBase & {
  readonly kind: 'http';
  readonly method: string;
  /** The request target as sent, query included. */
  readonly target: string;
  readonly version: string;
  readonly headers: readonly HttpHeader[];
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly response: HttpResponse | undefined;
  /** Octets of the answer that the capture does not hold, or that stand before a header that it does not hold whole. */
  readonly skipped: number;
};

/** One DNS question and its answer. Retransmissions of one question are one event. */
export type DnsEvent = EventBase & {
  readonly kind: 'dns';
  readonly name: string;
  readonly type: string;
  readonly server: Endpoint;
  readonly answer: { readonly rcode: string; readonly records: readonly string[] } | undefined;
};

/** A TCP connection that carries something else than HTTP and iSCSI, or nothing. */
export type TcpEvent = EventBase & {
  readonly kind: 'tcp';
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly outcome: 'opening' | 'open' | 'closed' | 'reset' | 'refused';
  readonly sent: number;
  readonly received: number;
};

export type IscsiOutcome =
  | 'in-progress'
  /** The target let the client into the full feature phase. */
  | 'logged-in'
  /** The target answered with a status that is no success. */
  | 'refused'
  /** The target is elsewhere (status class 1). */
  | 'redirected'
  /** Nobody answered the connection, or the login. */
  | 'unanswered'
  /** The login had begun, and the connection or the capture ended. */
  | 'broken-off'
  /** Nobody listens on the target's port. */
  | 'connection-refused'
  /** The capture begins inside the session, or lacks too much of its beginning. */
  | 'login-not-seen';

export type IscsiLogin = {
  readonly requests: number;
  readonly answers: number;
  /** Stages it went through, in order. */
  readonly stages: readonly string[];
  /** The client's AuthMethod, as it stands: what it would do. */
  readonly authOffered: string | undefined;
  /** The target's AuthMethod: what it wants, of what was offered. */
  readonly authChosen: string | undefined;
  /** The target sent a CHAP challenge. */
  readonly chapAsked: boolean;
  /** The name with which the client answered it. */
  readonly chapName: string | undefined;
  /** Of the last Login Response. */
  readonly status:
    | { readonly class: number; readonly detail: number; readonly text: string; readonly frame: number }
    | undefined;
  readonly headerDigest: string | undefined;
  readonly dataDigest: string | undefined;
  /** Octets of its PDUs that the capture does not hold: keys perhaps. */
  readonly missing: number;
};

/** What followed on the connection. */
export type IscsiWork = {
  /** LUNs that commands were for, in the order of their first ones. */
  readonly luns: readonly string[];
  readonly commands: number;
  readonly reads: number;
  /** Octets of the disk that came in answer to reads. */
  readonly octetsRead: number;
  readonly writes: number;
  readonly octetsWritten: number;
  /** Answers that tell of a reset or the like before; they do not count as a failure. */
  readonly unitAttentions: number;
};

/** One connection to an iSCSI target: its login, and what followed. */
export type IscsiEvent = EventBase & {
  readonly kind: 'iscsi';
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly initiator: string | undefined;
  readonly target: string | undefined;
  /** `Normal` or `Discovery`, as it was asked for. */
  readonly sessionType: string | undefined;
  readonly outcome: IscsiOutcome;
  readonly login: IscsiLogin;
  /** TargetAddress of a redirection: `10.188.0.11:3260`. */
  readonly movedTo: string | undefined;
  readonly work: IscsiWork;
  /** The first command that failed, or the first PDU that the target rejected. */
  readonly failure:
    | {
        readonly operation: string | undefined;
        readonly lun: string | undefined;
        readonly what: string;
        readonly frame: number;
      }
    | undefined;
  /** What the target's last Asynchronous Message said. */
  readonly notice: string | undefined;
  readonly end:
    | 'open'
    | 'logout-asked'
    | 'logout'
    | 'closed-by-client'
    | 'closed-by-target'
    | 'reset-by-client'
    | 'reset-by-target';
  /** Octets that could not be told apart into PDUs: the capture misses something before them. */
  readonly skipped: number;
};

/** IPv6 router discovery, which decides how long iPXE waits at "Configuring". */
export type RouterEvent = EventBase & {
  readonly kind: 'router';
  readonly what: 'solicitation' | 'advertisement';
  readonly lifetime: number | undefined;
  readonly prefixes: number;
};

/** ICMP destination unreachable, about a datagram of this client or sent by it. */
export type UnreachableEvent = EventBase & {
  readonly kind: 'unreachable';
  readonly code: number;
  readonly from: IpAddress;
  readonly about: Endpoint | undefined;
};

/** Octets of a boot protocol that could not be read. */
export type UnreadableEvent = EventBase & {
  readonly kind: 'unreadable';
  readonly protocol: string;
  readonly error: WireError;
};

/** One line of the machine's console. */
export type ConsoleEvent = EventBase & { readonly kind: 'console'; readonly text: string };

/** Something the machine itself did. */
export type MachineEvent = EventBase & {
  readonly kind: 'machine';
  readonly what: 'power-on' | 'reset' | 'shutdown' | 'panic';
};

export type StoryEvent =
  | DhcpEvent
  | Dhcpv6Event
  | TftpEvent
  | HttpEvent
  | DnsEvent
  | TcpEvent
  | IscsiEvent
  | RouterEvent
  | UnreachableEvent
  | UnreadableEvent
  | ConsoleEvent
  | MachineEvent;

/** What is known of a client from what it sent and was given. */
export type ClientFacts = {
  /** `00:12:34:56:78:90`, or the address where the capture has no link layer. Unique in a capture. */
  readonly id: string;
  readonly mac: MacAddress | undefined;
  /** Addresses acknowledged to it, or seen in use, oldest first. */
  readonly addresses: readonly IpAddress[];
  /** From option 97, in wire order, as pxelinux prints it. */
  readonly uuid: string | undefined;
  readonly identities: readonly ClientIdentity[];
};

/** Everything one client did, in the order it began. */
export type Story = {
  readonly client: ClientFacts;
  readonly events: readonly StoryEvent[];
  /** Events that were seen but are not kept, where a limit was set (StoryLimits). */
  readonly dropped: number;
};
