/** What only a whole boot shows: the chainload and the addresses of one machine's programs. */

import { bootFileOf } from '../../story/boot-file.ts';
import { isBootServer } from '../../story/boot-server.ts';
import type { DhcpEvent, Story } from '../../story/event.ts';
import { type Check, fail, NOT_APPLICABLE, PASS } from '../check.ts';

type StoryCheck = Check<'stories'>;

const SERVER_BOOT = { subject: 'server', on: 'stories' } as const;

export const BOOT_CHECKS: readonly StoryCheck[] = [
  {
    id: 'pxe.chainload.ends',
    rows: ['PXE-017', 'PXE-018', 'PXE-019', 'PXE-021'],
    ...SERVER_BOOT,
    clause: {
      document: 'ipxe.org/howto/chainloading',
      section: '',
      level: 'PRACTICE',
      says: 'iPXE that was loaded by firmware gets another boot file than the firmware',
    },
    evaluate: (story) => {
      const acks = acksOf(story);
      const rom = acks.find(
        ({ stage, message }) => stage === 'firmware' && bootFileOf(message) !== undefined,
      );
      const ipxe = acks.find(
        ({ stage, message, timeNs }) =>
          stage === 'ipxe' && bootFileOf(message) !== undefined && timeNs > (rom?.timeNs ?? 0n),
      );
      if (rom === undefined || ipxe === undefined) return NOT_APPLICABLE;
      const [first, second] = [bootFileOf(rom.message), bootFileOf(ipxe.message)];
      return first !== second
        ? PASS
        : fail(`another boot file than ${first}, which is what brought iPXE`, `${second}`, [
            ...rom.frames,
            ...ipxe.frames,
          ]);
    },
  },
  {
    id: 'pxe.boot.one-address',
    rows: ['PXE-022'],
    ...SERVER_BOOT,
    clause: {
      document: 'RFC 2131 §4.2 against dnsmasq --dhcp-ignore-clid',
      section: '',
      level: 'PRACTICE',
      says: 'firmware and iPXE of one machine get the same address, whatever they send as option 61',
    },
    evaluate: (story) => {
      const acks = acksOf(story).filter(({ stage }) => stage !== 'os');
      const [first] = acks;
      if (first === undefined || !acks.some(({ stage }) => stage !== first.stage)) return NOT_APPLICABLE;
      const other = acks.find(({ message }) => message.yiaddr !== first.message.yiaddr);
      return other === undefined
        ? PASS
        : fail(`${first.message.yiaddr} for each program`, `${other.message.yiaddr} for ${other.stage}`, [
            ...first.frames,
            ...other.frames,
          ]);
    },
  },
];

/** With an address: of a DHCP server, to a REQUEST. */
function acksOf({ events }: Story): readonly DhcpEvent[] {
  return events.filter(
    (event): event is DhcpEvent =>
      event.kind === 'dhcp' &&
      event.messageType === 'ack' &&
      !isBootServer(event) &&
      event.message.yiaddr !== '0.0.0.0',
  );
}
