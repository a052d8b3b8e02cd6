/** Every iSCSI PDU of captures/, read as tshark reads it, and written back octet by octet. */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../src/pcap/open-capture.ts';
import { hasTshark, NEEDS_TSHARK, tsharkFields } from '../src/pcap/testing/tshark.ts';
import { toHex } from '../src/wire/bytes.ts';
import { parseEthernet } from '../src/wire/ethernet.ts';
import { parseIpv4 } from '../src/wire/ipv4.ts';
import { readIscsiMessage } from '../src/wire/iscsi/message.ts';
import { type IscsiDigests, type IscsiPdu, NO_DIGESTS, serializeIscsiPdu } from '../src/wire/iscsi/pdu.ts';
import { ISCSI_PORT, IscsiStream } from '../src/wire/iscsi/stream.ts';
import { iscsiTextValue } from '../src/wire/iscsi/text.ts';
import { parseTcp } from '../src/wire/tcp.ts';
import { type StreamItem, TcpReassembly } from '../src/wire/tcp-reassembly.ts';

const folder = fileURLToPath(new URL('../captures/', import.meta.url));
const captures = globSync('lab/iscsi-*.pcap', { cwd: folder }).sort();

const FIELDS = [
  'iscsi.opcode',
  'iscsi.datasegmentlength',
  'iscsi.initiatortasktag',
  'iscsi.login.csg',
  'iscsi.login.status',
  'iscsi.keyvalue',
  'iscsi.scsiresponse.status',
  'iscsi.headerdigest32',
  'iscsi.scsicommand.expecteddatatransferlength',
] as const;

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
const STAGES = ['security', 'operational', 'reserved', 'full-feature'];

/** One row a PDU, without its frame: tshark has a long read where it begins, we have it where it ends. */
function row(pdu: IscsiPdu): readonly string[] {
  const message = readIscsiMessage(pdu);
  const isLogin = message.kind === 'login-request' || message.kind === 'login-response';
  const hasText = isLogin || message.kind === 'text-request' || message.kind === 'text-response';
  const status = message.kind === 'scsi-response' || message.kind === 'data-in' ? message.status : undefined;
  return [
    hex(pdu.opcode, 2),
    String(pdu.dataSegmentLength),
    hex(pdu.initiatorTaskTag, 8),
    isLogin ? hex(STAGES.indexOf(message.currentStage), 2) : '',
    message.kind === 'login-response' ? hex(message.statusClass * 256 + message.statusDetail, 4) : '',
    hasText ? message.pairs.map(({ key, value }) => `${key}=${value}`).join(',') : '',
    status === undefined ? '' : hex(status, 2),
    pdu.headerDigest === undefined ? '' : hex(pdu.headerDigest, 8),
    message.kind === 'scsi-command' ? String(message.expectedLength) : '',
  ];
}

type Connection = Record<'initiator' | 'target', { tcp: TcpReassembly<number>; pdus: IscsiStream }> & {
  digests: IscsiDigests;
};

function newConnection(): Connection {
  const side = (sender: 'initiator' | 'target') => ({
    tcp: new TcpReassembly<number>(),
    pdus: new IscsiStream({ sender, digests: () => connection.digests }),
  });
  const connection: Connection = {
    initiator: side('initiator'),
    target: side('target'),
    digests: NO_DIGESTS,
  };
  return connection;
}

async function ours(capture: string): Promise<readonly (readonly string[])[]> {
  const rows: (readonly string[])[] = [];
  const connections = new Map<number, Connection>();
  await using file = await openCapture(folder + capture);
  for await (const { frames } of file.batches()) {
    for (const { number, bytes } of frames) {
      const ethernet = parseEthernet(bytes);
      const ip =
        ethernet.ok && ethernet.value.etherType === 0x0800 ? parseIpv4(ethernet.value.payload) : undefined;
      const tcp = ip?.ok && ip.value.protocol === 6 ? parseTcp(ip.value.payload) : undefined;
      if (!tcp?.ok) continue;
      const { sourcePort, destinationPort } = tcp.value;
      if (sourcePort !== ISCSI_PORT && destinationPort !== ISCSI_PORT) continue;
      const from = destinationPort === ISCSI_PORT ? 'initiator' : 'target';
      const port = from === 'initiator' ? sourcePort : destinationPort;
      const connection = connections.get(port) ?? newConnection();
      connections.set(port, connection);
      for (const item of connection[from].tcp.segment(tcp.value, number)) {
        rows.push(...pdus(connection, from, item, number));
      }
    }
  }
  return rows;
}

function pdus(
  connection: Connection,
  from: 'initiator' | 'target',
  item: StreamItem<number>,
  frame: number,
): readonly (readonly string[])[] {
  if (item.kind !== 'data') return [];
  const rows: (readonly string[])[] = [];
  for (const found of connection[from].pdus.push(item.bytes)) {
    if (found.kind !== 'pdu') throw new Error(`${JSON.stringify(found)} in frame ${frame}`);
    const { pdu } = found;
    const message = readIscsiMessage(pdu);
    if (message.kind === 'login-response' && message.nextStage === 'full-feature') {
      const header = iscsiTextValue(message.pairs, 'HeaderDigest') === 'CRC32C';
      connection.digests = { header, data: false };
    }
    // Whole in this segment, and not disk blocks, which are not kept.
    if (pdu.data.length === pdu.dataSegmentLength && found.at >= item.at) {
      const bytes = serializeIscsiPdu(pdu);
      const start = found.at - item.at;
      expect(toHex(bytes)).toBe(toHex(item.bytes.subarray(start, start + bytes.length)));
    }
    rows.push(row(pdu));
  }
  return rows;
}

describe('iSCSI PDUs', () => {
  it('are in several captures', () => {
    expect(captures.length).toBeGreaterThanOrEqual(9);
  });

  it.skipIf(!hasTshark).each(captures)(`of %s are what tshark reads ${NEEDS_TSHARK}`, async (capture) => {
    const theirs = (await tsharkFields(folder + capture, ['tcp.analysis.retransmission', ...FIELDS])).filter(
      ([repeated, opcode]) => repeated === '' && opcode !== undefined && opcode !== '',
    );
    const mine = await ours(capture);
    expect(mine).toEqual(theirs.map((fields) => fields.slice(1)));
    expect(mine.length > 0).toBe(capture !== 'lab/iscsi-target-down.pcap');
  });
});
