/** What an OACK may say: RFC 2347, 2348, 2349, 7440. */
import type { TftpEvent } from '../../story/event.ts';
import { tftpOption } from '../../wire/tftp.ts';
import { type Check, type Clause, holds, NOT_APPLICABLE, PASS, type Verdict } from '../check.ts';

type TransferCheck = Check<'tftpTransfers'>;

const SERVER_TRANSFER = { subject: 'server', on: 'tftpTransfers' } as const;

function must(document: string, section: string, quote: string): Clause {
  return { document, section, level: 'MUST', quote };
}

export const NEGOTIATION_CHECKS: readonly TransferCheck[] = [
  {
    id: 'tftp.oack.only-requested',
    rows: ['TFTP-017'],
    ...SERVER_TRANSFER,
    clause: must(
      'RFC 2347',
      'Negotiation Protocol',
      'The server must not include in the OACK any option which had not been specifically requested by the client',
    ),
    evaluate: (transfer) => {
      const { acknowledged, requested } = transfer;
      if (acknowledged === undefined) return NOT_APPLICABLE;
      // RFC 2347, Packet Formats: names are case-insensitive.
      const asked = new Set(requested.map(({ name }) => name.toLowerCase()));
      const more = acknowledged.filter(({ name }) => !asked.has(name.toLowerCase()));
      return holds(
        more.length === 0,
        transfer,
        `options among ${[...asked].join(', ') || '(none)'}`,
        () => `also ${more.map(({ name, value }) => `${name}=${value}`).join(', ')}`,
      );
    },
  },
  {
    id: 'tftp.oack.not-empty',
    rows: ['TFTP-017'],
    ...SERVER_TRANSFER,
    clause: {
      document: 'RFC 2347',
      section: 'Negotiation Protocol',
      level: 'MUST',
      says: 'a server that accepts no option answers as without options',
    },
    evaluate: (transfer) =>
      transfer.acknowledged === undefined
        ? NOT_APPLICABLE
        : holds(
            transfer.acknowledged.length > 0,
            transfer,
            'DATA, or an OACK with options',
            () => 'an empty OACK',
          ),
  },
  {
    id: 'tftp.oack.blksize',
    rows: ['TFTP-019', 'TFTP-020'],
    ...SERVER_TRANSFER,
    clause: must(
      'RFC 2348',
      'Blocksize Option Specification',
      'The specified value must be less than or equal to the value specified by the client.',
    ),
    evaluate: (transfer) => within(transfer, 'blksize', 8, 65_464),
  },
  {
    id: 'tftp.oack.windowsize',
    rows: ['TFTP-024'],
    ...SERVER_TRANSFER,
    clause: must(
      'RFC 7440',
      '§3',
      'The specified value MUST be less than or equal to the value specified by the client.',
    ),
    evaluate: (transfer) => within(transfer, 'windowsize', 1, 65_535),
  },
  {
    id: 'tftp.oack.timeout',
    rows: ['TFTP-023'],
    ...SERVER_TRANSFER,
    clause: must(
      'RFC 2349',
      'Timeout Interval Option Specification',
      'The specified timeout value must match the value specified by the client.',
    ),
    evaluate: (transfer) => {
      const [asked, got] = both(transfer, 'timeout');
      if (asked === undefined || got === undefined) return NOT_APPLICABLE;
      return holds(got === asked, transfer, `timeout ${asked}`, () => `timeout ${got}`);
    },
  },
  {
    id: 'tftp.oack.tsize',
    rows: ['TFTP-022', 'TFTP-005'],
    ...SERVER_TRANSFER,
    clause: must(
      'RFC 2349',
      'Transfer Size Option Specification',
      'a size of "0" is specified in the request and the size of the file, in octets, is returned in the OACK',
    ),
    evaluate: (transfer) => {
      const [asked, got] = both(transfer, 'tsize');
      if (asked === undefined || got === undefined || transfer.operation !== 'read') return NOT_APPLICABLE;
      if (!/^\d+$/.test(got)) return holds(false, transfer, 'a decimal number', () => `tsize ${got}`);
      if (transfer.outcome === 'size-probe') return PASS;
      if (transfer.outcome !== 'complete' || transfer.sha256 === undefined)
        return { outcome: 'inconclusive', because: 'the capture does not hold the whole file' };
      return holds(
        Number(got) === transfer.octets,
        transfer,
        `tsize ${transfer.octets}, as many octets as came`,
        () => `tsize ${got}`,
      );
    },
  },
  {
    id: 'tftp.read.own-port',
    rows: ['TFTP-001'],
    ...SERVER_TRANSFER,
    clause: must(
      'RFC 1350',
      '§4',
      'each end of the connection chooses a TID for itself, to be used for the duration of that connection',
    ),
    evaluate: (transfer) => {
      if (transfer.outcome === 'unanswered' || transfer.outcome === 'refused') return NOT_APPLICABLE;
      const { port } = transfer.server;
      return holds(port !== 69, transfer, 'a port of the transfer, not 69', () => `port ${port}`);
    },
  },
  {
    id: 'tftp.write.refused',
    rows: ['TFTP-028'],
    ...SERVER_TRANSFER,
    clause: {
      document: 'RFC 1350',
      section: 'Security Considerations',
      level: 'PRACTICE',
      says: 'a boot server takes no files from anybody',
    },
    evaluate: (transfer) => {
      if (transfer.operation !== 'write') return NOT_APPLICABLE;
      const { outcome } = transfer;
      return holds(outcome === 'refused', transfer, 'an ERROR to the WRQ', () => outcome);
    },
  },
];

/** What was asked for and what was granted. */
function both({ requested, acknowledged }: TftpEvent, name: string): readonly (string | undefined)[] {
  return [tftpOption(requested, name), tftpOption(acknowledged ?? [], name)];
}

function within(transfer: TftpEvent, name: string, least: number, most: number): Verdict {
  const [asked, got] = both(transfer, name);
  if (asked === undefined || got === undefined) return NOT_APPLICABLE;
  const isNumber = /^\d+$/.test(got);
  const isWithin = isNumber && Number(got) >= least && Number(got) <= Math.min(most, Number(asked));
  return holds(
    isWithin,
    transfer,
    `${name} of ${least} to ${asked}, as the client asked`,
    () => `${name} ${got}`,
  );
}
