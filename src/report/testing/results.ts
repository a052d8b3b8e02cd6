import type { LadderLine } from '../ladder.ts';
import type { RunResult, ScenarioResult } from '../result.ts';

const OFFER: LadderLine = {
  seconds: 2.681,
  arrow: '←',
  peer: 'pxe',
  protocol: 'DHCP',
  text: 'offer, for iPXE, 10.188.0.66, file undionly.kpxe, next-server 10.188.0.10',
  frames: [3],
};

export const PASSED: ScenarioResult = {
  scenario: 'seed/unknown-client-exits',
  title: 'A client nobody knows is told to exit',
  server: 'reference',
  firmware: 'bios-ipxe',
  outcome: 'passed',
  bootSeconds: 5.8,
  seconds: 6.4,
  ladder: [{ ...OFFER, step: 1 }],
  steps: [{ text: 'dhcp: offer', outcome: 'met', event: OFFER }],
  failures: [],
  problem: undefined,
  artifacts: { capture: 'x/capture.pcapng' },
};

export const FAILED: ScenarioResult = {
  ...PASSED,
  scenario: 'seed/bios-ipxe-to-pxelinux',
  title: 'A machine <whose> firmware is "iPXE" & more',
  server: 'seed',
  outcome: 'failed',
  steps: [
    { text: 'dhcp: offer, to: ipxe', outcome: 'not-met', event: OFFER },
    { text: 'http: GET /boot1.txt', outcome: 'not-reached', event: undefined },
  ],
  ladder: [OFFER],
  failures: [
    {
      rule: 'expect',
      step: 'dhcp: offer, to: ipxe, file: http://pxe.example.com/boot1.txt',
      line: 24,
      event: OFFER,
      differences: [{ field: 'file', wanted: 'http://pxe.example.com/boot1.txt', got: 'undionly.kpxe' }],
      message: 'file: wanted http://pxe.example.com/boot1.txt, got undionly.kpxe (frame 3)',
    },
    {
      rule: 'never',
      step: 'tftp: *',
      line: 70,
      event: undefined,
      differences: [],
      message: 'this must never happen, and it did\u0007',
    },
  ],
};

export const BROKEN: ScenarioResult = {
  ...PASSED,
  server: 'seed',
  outcome: 'error',
  bootSeconds: 0,
  ladder: [],
  steps: [],
  problem: { message: 'pxe: dnsmasq ended before it served', hint: 'another process has that port' },
};

export const SKIPPED: ScenarioResult = {
  ...BROKEN,
  firmware: 'uefi-x64',
  outcome: 'skipped',
  problem: { message: 'this machine lacks:\n  /usr/share/OVMF', hint: 'make setup' },
  artifacts: {},
};

export const RUN: RunResult = {
  format: 'pxebench-results/1',
  startedAt: '2026-11-23T12:00:00.000Z',
  seconds: 20.04,
  passed: 1,
  failed: 1,
  errors: 1,
  skipped: 1,
  scenarios: [PASSED, FAILED, BROKEN, SKIPPED],
};
