/**
 * Between the lab and its agent, a Node process inside the lab.
 *
 *   descriptor 0, to the agent    ( length:u32 | kind:u8 | payload )*    length counts kind and payload
 *                                 kind 1: an AgentCommand as JSON
 *                                 kind 2: | n:u8 | port name:n | frame |  send it
 *   descriptor 1, from the agent  the capture, pcapng
 *   descriptor 3, from the agent  AgentEvents, one JSON document a line
 */
import type { LinkPlan } from '../../link/link-plan.ts';
import type { Ipv4Address, MacAddress } from '../../wire/address.ts';
import { latin1 } from '../../wire/bytes.ts';

export type AgentCommand =
  | { readonly kind: 'open'; readonly spec: AgentSpec }
  | { readonly kind: 'stop-capture' }
  | { readonly kind: 'open-link'; readonly spec: LinkSpec }
  | { readonly kind: 'power-on'; readonly link: string }
  | { readonly kind: 'stop-link'; readonly link: string };

/** What the agent needs to know of a LabSpec. Paths are the lab's own. */
export type AgentSpec = {
  /** Interfaces of the bridge's namespace that the capture leaves out. */
  readonly leaveOut: readonly string[];
  readonly hosts: readonly AgentHost[];
  /** Where frames may enter, by the name that `frame` records use. */
  readonly ports: readonly AgentPort[];
  readonly dns?: {
    readonly host: string;
    readonly address: string;
    readonly names: Readonly<Record<string, Ipv4Address>>;
  };
  readonly routerAdvertisements?: { readonly host: string; readonly mac: MacAddress };
};

export type AgentHost = { readonly name: string; readonly interfaces: number; readonly forwards: boolean };

/** Without a host the interface is one of the bridge's namespace. */
export type AgentPort = { readonly name: string; readonly host?: string; readonly interface: string };

/** A cable with faults (src/link) between a stream socket and the end of a veth whose other end is a port of the bridge. */
export type LinkSpec = {
  readonly name: string;
  readonly interface: string;
  readonly plan: LinkPlan;
  /** Where the client connects; see stream-frames.ts. */
  readonly socket: string;
  /** File for the capture of the client's end, pcapng. */
  readonly capture: string;
};

export type LinkDeed = {
  /** Which rule of the plan, counted from 0. */
  readonly rule: number;
  /** Seconds since the machine was switched on; negative before, and where it never was since the link is there. */
  readonly seconds: number;
  readonly from: 'client' | 'network';
  readonly frame: string;
};

export type LinkReport = {
  /** How many frames each rule acted on. */
  readonly acted: readonly number[];
  /** The first of them, up to MOST_DEEDS. */
  readonly deeds: readonly LinkDeed[];
  /** Frames that the client sent. */
  readonly fromClient: number;
  /** Frames that were lost though no rule says so: more came than could be taken. */
  readonly dropped: number;
};

/** What a capture missed or could not keep whole. All 0 is a capture that shows everything. */
export type CaptureStatistics = {
  readonly frames: number;
  /** Lost: more came than could be written. */
  readonly dropped: number;
  /** Longer than 1,982 octets: only their beginning is there. */
  readonly cut: number;
  /** Their UDP or TCP checksum is not what it would be on a cable (offload); each has a comment in the capture. */
  readonly unfinishedChecksums: number;
};

export type AgentEvent =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'opened' }
  | { readonly kind: 'capture-stopped'; readonly statistics: CaptureStatistics; readonly octets: number }
  | { readonly kind: 'link-opened'; readonly link: string }
  | { readonly kind: 'link-stopped'; readonly link: string; readonly report: LinkReport }
  | { readonly kind: 'failed'; readonly message: string };

export type AgentInput =
  | { readonly kind: 'command'; readonly command: AgentCommand }
  | { readonly kind: 'frame'; readonly port: string; readonly frame: Uint8Array };

const KIND = { command: 1, frame: 2 } as const;
const HEADER = 5;

function record(kind: number, ...parts: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(HEADER);
  head.writeUInt32BE(1 + parts.reduce((sum, part) => sum + part.length, 0));
  head.writeUInt8(kind, 4);
  return Buffer.concat([head, ...parts]);
}

export function encodeCommand(command: AgentCommand): Buffer {
  return record(KIND.command, Buffer.from(JSON.stringify(command)));
}

/** The port's name has at most 15 octets, as all names of interfaces. */
export function encodeFrame(port: string, frame: Uint8Array): Buffer {
  return record(KIND.frame, Uint8Array.of(port.length), Buffer.from(port, 'latin1'), frame);
}

/** Collects records from chunks as they come; calls `input` for each whole one. */
export function agentInputReader(input: (input: AgentInput) => void): (chunk: Uint8Array) => void {
  let waiting = Buffer.alloc(0);
  return (chunk) => {
    waiting = waiting.length === 0 ? Buffer.from(chunk) : Buffer.concat([waiting, chunk]);
    let at = 0;
    while (waiting.length - at >= HEADER) {
      const end = at + 4 + waiting.readUInt32BE(at);
      if (waiting.length < end) break;
      const payload = waiting.subarray(at + HEADER, end);
      if (waiting[at + 4] === KIND.command) {
        input({ kind: 'command', command: JSON.parse(payload.toString()) as AgentCommand });
      } else {
        const length = payload[0] ?? 0;
        const port = latin1(payload.subarray(1, 1 + length));
        input({ kind: 'frame', port, frame: payload.subarray(1 + length) });
      }
      at = end;
    }
    waiting = waiting.subarray(at);
  };
}
