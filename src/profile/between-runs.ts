import type { AllowedDifference } from './profile.ts';

/**
 * What two runs of one firmware may do differently, on a machine that has other things to do: it is late, is answered late,
 * and tries once more. A profile is written with these; who knows its firmware better changes them there.
 */
export const BETWEEN_RUNS: readonly AllowedDifference[] = [
  // A guest's clock stands still while its machine is busy.
  { path: '**.*-seconds', tolerance: 1 },
  { path: '**.*tries', tolerance: 2 },
  { path: '**.arp.announcements.count', tolerance: 2 },
  // Several waiting segments are acknowledged as one.
  { path: '**.*-per-ack' },
  { path: '**.tcp.connections.repeats-acks' },
  // The capture may stop before the connection does.
  { path: '**.tcp.connections.ends' },
  // Asked for only by who has forgotten its address: servers do, at times of their own.
  { path: '**.arp.replies.**' },
  // An advertisement may come before the first solicitation's answer is due, or behind the last.
  { path: '**.ipv6.router.*' },
  { path: '**.ipv6.neighbours.targets' },
];
