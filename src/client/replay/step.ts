import type { IpAddress, MacAddress } from '../../wire/address.ts';
import type { DhcpStep } from './dhcp-step.ts';
import type { Dhcpv6Step } from './dhcpv6-step.ts';
import type { DnsStep } from './dns-step.ts';
import type { HttpStep } from './http-step.ts';
import type { TftpStep } from './tftp-step.ts';

/** What every step has, whatever the protocol. */
export type StepBase = {
  /** The frame of the capture with which the client began it. */
  readonly frame: number;
  readonly timeNs: bigint;
  /** The last frame of it, an answer to it included. */
  endNs: bigint;
};

/** One thing that a client did, with what it got for it. A protocol more is a member more. */
export type ReplayStep = DhcpStep | Dhcpv6Step | DnsStep | HttpStep | TftpStep;

/** All that one client of a capture did, in order, with what it got for it. */
export type ReplayScript = {
  readonly mac: MacAddress;
  readonly steps: ReplayStep[];
  /** What it did that is not done again, in words, with the number of times. */
  readonly left: Map<string, number>;
  /** Answers of servers that the capture has: none where it holds only the client's side. */
  answers: number;
  /** Addresses that those answers gave. */
  readonly given: Set<IpAddress>;
  /** Files that those answers named. */
  readonly told: Set<string>;
};

/** Why there is no answer to `step` to compare with. */
export function whyUnanswered(step: ReplayStep, script: ReplayScript): string {
  if (script.answers === 0) return 'the capture holds only the client’s side';
  if (step === script.steps.at(-1)) return 'the capture has no answer to it: it may stop too early';
  return 'nobody answered then';
}
