import { join } from 'node:path';
import { PLACES } from '../../src/cli/places.ts';
import { loadServerConfig } from '../../src/server/config/load-server-config.ts';
import { bootServerOf, stepBootServer } from '../../src/server/dhcp/boot-server.ts';
import type { DhcpOutput } from '../../src/server/dhcp/dhcp-io.ts';
import { initialDhcpState } from '../../src/server/dhcp/dhcp-state.ts';
import { stepDhcp } from '../../src/server/dhcp/step-dhcp.ts';
import { initialProxyState, stepProxy } from '../../src/server/dhcp/step-proxy.ts';
import { answerDns } from '../../src/server/dns/answer-dns.ts';
import { dnsZone } from '../../src/server/dns/zone.ts';
import { formatEvent } from '../../src/server/event.ts';
import { planHttp } from '../../src/server/http/plan-http.ts';
import { readRequestHead } from '../../src/server/http/request-head.ts';
import { acceptTftpRequest, negotiateTftp } from '../../src/server/tftp/tftp-request.ts';
import { startTransfer, stepTransfer } from '../../src/server/tftp/tftp-transfer.ts';
import { startUpload, stepUpload, type UploadInput } from '../../src/server/tftp/tftp-upload.ts';
import { ipv4 } from '../../src/wire/address.ts';
import { optionData, parseDhcpMessage } from '../../src/wire/dhcp/message.ts';
import { parsePxeVendorOptions } from '../../src/wire/dhcp/opt-pxe-vendor.ts';
import { OPTION } from '../../src/wire/dhcp/option-codes.ts';
import { HttpStream } from '../../src/wire/http-stream.ts';
import { parseTftp } from '../../src/wire/tftp.ts';
import { seedsFor } from './seeds.ts';
import type { FuzzTarget } from './target.ts';

const CONFIG = join(PLACES.servers, 'reference', 'pxe.yaml');
const FILE_OCTETS = 5_000;

/** Numbers differ with every message, and are not what makes an outcome new. */
const withoutNumbers = (text: string): string => text.replace(/[0-9a-f]*\d[0-9a-f]*/gi, '#').slice(0, 200);

const dhcp: FuzzTarget = {
  name: 'dhcp',
  about: 'DHCP: what comes to port 67, and every reply read back',
  seeds: () => seedsFor('udp', 67),
  open: async () => {
    const { address, dhcp: config } = await loadServerConfig(CONFIG);
    if (config === undefined) throw new Error(`${CONFIG}: wanted dhcp`);
    let state = initialDhcpState({ ...config, ownAddresses: new Set([address]) });
    let now = 0;
    return (bytes) => {
      now += 100;
      const source = { address: '0.0.0.0', port: 68 };
      const [next, outputs] = stepDhcp(state, { kind: 'datagram', bytes, source, via: address }, now);
      state = next;
      return withoutNumbers(
        outputs
          .map((output) => {
            if (output.kind === 'event') return formatEvent(output.event);
            if (output.kind !== 'send') return output.kind;
            const reply = parseDhcpMessage(output.bytes);
            if (!reply.ok) throw reply.error;
            return `sends ${reply.value.options.map(({ code }) => String.fromCharCode(code + 0x100)).join('')}`;
          })
          .join(),
      );
    };
  },
};

const pxe: FuzzTarget = {
  name: 'pxe',
  about: 'proxyDHCP and port 4011: what comes to either, and every reply read back, its option 43 too',
  seeds: async () => [...(await seedsFor('udp', 67)), ...(await seedsFor('udp', 4011))],
  open: async () => {
    const { proxy } = await loadServerConfig(join(PLACES.servers, 'reference-proxy', 'pxe.menu.yaml'));
    if (proxy === undefined) throw new Error('wanted a proxy');
    const state = initialProxyState(proxy);
    const bootServer = bootServerOf(proxy);
    let now = 0;
    return (bytes) => {
      now += 100;
      const input = { bytes, source: { address: '10.188.0.60', port: 68 } };
      const outputs = [...stepProxy(state, input, now), ...stepBootServer(bootServer, input)];
      return withoutNumbers(outputs.map(saidOf).join());
    };
  },
};

/** Throws where a reply cannot be read, or breaks what PXE clients rely on (clauses PXE-014, PXE-015). */
function saidOf(output: DhcpOutput): string {
  if (output.kind === 'event') return formatEvent(output.event);
  if (output.kind !== 'send') throw new Error(`gives addresses: ${output.kind}`);
  const reply = parseDhcpMessage(output.bytes);
  if (!reply.ok) throw reply.error;
  const vendor = optionData(reply.value, OPTION.vendorSpecific);
  const read = vendor && parsePxeVendorOptions(vendor);
  if (read?.ok === false) throw read.error;
  if (read !== undefined && read.value.end.length !== 1) throw new Error('43 does not end in END');
  return `sends ${reply.value.options.map(({ code }) => String.fromCharCode(code + 0x100)).join('')}`;
}

const tftp: FuzzTarget = {
  name: 'tftp',
  about: 'TFTP: requests, and what comes during a transfer',
  seeds: async () => [
    ...(await seedsFor('udp', 69)),
    Uint8Array.of(0, 4, 0, 0),
    Uint8Array.of(0, 5, 0, 0, 0),
  ],
  open: async () => {
    const limits = { maxBlksize: 1468, maxWindowsize: 16 };
    let now = 0;
    let [transfer] = startTransfer(negotiateTftp([], FILE_OCTETS, limits), FILE_OCTETS, now);
    return (bytes) => {
      now += 10;
      const accepted = acceptTftpRequest(bytes);
      const said: string[] = [accepted.kind, 'because' in accepted ? accepted.because : ''];
      if (accepted.kind === 'serve') {
        [transfer] = startTransfer(
          negotiateTftp(accepted.request.options, FILE_OCTETS, limits),
          FILE_OCTETS,
          now,
        );
      }
      const [next, outputs] = stepTransfer(transfer, { kind: 'datagram', bytes, fromPeer: true }, now);
      for (const output of outputs) {
        said.push(output.kind);
        if (output.kind === 'send' && !parseTftp(output.bytes).ok) throw new Error('sends what is no TFTP');
        if (output.kind === 'data' && (output.offset < 0 || output.offset + output.length > FILE_OCTETS)) {
          throw new Error(
            `sends octets ${output.offset} to ${output.offset + output.length} of ${FILE_OCTETS}`,
          );
        }
      }
      transfer = next;
      return withoutNumbers(said.join());
    };
  },
};

const upload: FuzzTarget = {
  name: 'tftp-upload',
  about: 'TFTP: requests to write, and what comes during the transfer',
  seeds: async () => [
    ...(await seedsFor('udp', 69)),
    Uint8Array.of(0, 2, 102, 0, ...Buffer.from('octet\0blksize\x008\0windowsize\x004\0', 'latin1')),
    ...[1, 2, 3].map((block) => Uint8Array.of(0, 3, 0, block, ...new Uint8Array(8))),
    Uint8Array.of(0, 5, 0, 0, 0),
  ],
  open: async () => {
    const limits = { maxBlksize: 1468, maxWindowsize: 16 };
    let now = 0;
    let stored = 0;
    let [state] = startUpload(negotiateTftp([], undefined, limits), FILE_OCTETS, now);
    return (bytes) => {
      now += 10;
      const accepted = acceptTftpRequest(bytes);
      const said: string[] = [accepted.kind];
      if (accepted.kind === 'receive') {
        stored = 0;
        const terms = negotiateTftp(accepted.request.options, undefined, limits);
        [state] = startUpload(terms, FILE_OCTETS, now);
      }
      const steps: UploadInput[] = [{ kind: 'datagram', bytes, fromPeer: true }];
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        const [next, outputs] = stepUpload(state, step, now);
        state = next;
        for (const output of outputs) {
          said.push(output.kind);
          if (output.kind === 'send' && !parseTftp(output.bytes).ok) throw new Error('sends what is no TFTP');
          if (output.kind === 'store') stored += output.data.length;
          if (output.kind === 'finish') steps.push({ kind: 'stored' });
        }
      }
      if (stored !== state.octets || stored > FILE_OCTETS) {
        throw new Error(`stores ${stored} octets, counts ${state.octets}, of ${FILE_OCTETS} at most`);
      }
      return withoutNumbers(said.join());
    };
  },
};

const http: FuzzTarget = {
  name: 'http',
  about: 'HTTP: request targets, boot2 queries, and the scripts made of them',
  seeds: async () => [
    ...(await seedsFor('tcp', 80)).map(targetOf),
    ...['/boot1.txt', '//a/./b', '/%2e%2e/x', '/boot2.php?mac=00:12:34:56:78:90&hostname=a%0ashell'].map(
      octets,
    ),
  ],
  open: async () => {
    const { http: config } = await loadServerConfig(CONFIG);
    if (config === undefined) throw new Error(`${CONFIG}: wanted http`);
    return (bytes) => {
      const target = Buffer.from(bytes).toString('latin1');
      const plan = planHttp({ method: 'GET', target, version: '1.1', hosts: 1 }, config);
      if (plan.kind === 'file') {
        if (plan.segments.some((segment) => segment === '..' || /[/\0]/.test(segment))) {
          throw new Error(`leaves the root: ${JSON.stringify(plan.segments)}`);
        }
        return `file ${Math.min(plan.segments.length, 8)}`;
      }
      const { orders, status, body } = plan.reply;
      if (orders !== undefined && !Buffer.from(body).toString().startsWith('#!ipxe\n'))
        throw new Error('no script');
      return `${status} ${orders?.decision.order.kind} ${orders?.decision.rule} ${orders?.client.size}`;
    };
  },
};

const httpHead: FuzzTarget = {
  name: 'http-head',
  about: 'HTTP: heads of requests, and what another reader makes of those that are taken',
  seeds: () => seedsFor('tcp', 80),
  open: async () => (bytes) => {
    const read = readRequestHead(Buffer.from(bytes));
    if (read.kind === 'more') return 'more';
    if (read.kind === 'refused') return `${read.status} ${withoutNumbers(read.because.replace(/".*/, ''))}`;
    const { method, fields, bodyOctets, keepAlive } = read.request;
    if (read.end > bytes.length) throw new Error(`ends at ${read.end} of ${bytes.length} octets`);
    // http-parser-js knows only methods that Node does, and no empty line before a request.
    const head = Buffer.from(bytes.subarray(0, read.end))
      .toString('latin1')
      .replace(/^(\r\n)+/, '');
    const [theirs] = new HttpStream({ type: 'request' }).push(Buffer.from(head, 'latin1'));
    if (/^(GET|HEAD|POST)$/.test(method)) {
      if (theirs?.kind !== 'request') throw new Error(`another reader takes it for ${theirs?.kind}`);
      const count = [...fields.values()].flat().length;
      if (theirs.headers.length !== count) throw new Error(`${theirs.headers.length} fields, not ${count}`);
    }
    return `${method.length > 8} ${fields.size} ${bodyOctets > 0} ${keepAlive}`;
  },
};

const dns: FuzzTarget = {
  name: 'dns',
  about: 'DNS: what comes to port 53',
  seeds: () => seedsFor('udp', 53),
  open: async () => {
    const zone = dnsZone({ origin: 'example.com', hosts: { 'pxe.example.com': [ipv4('10.188.0.10')] } });
    return (bytes) => {
      const answer = answerDns(bytes, zone);
      return answer === undefined ? 'silence' : `${answer[2]} ${answer[3]} ${answer[7]} ${answer[9]}`;
    };
  },
};

export const TARGETS: readonly FuzzTarget[] = [dhcp, pxe, tftp, upload, http, httpHead, dns];

function targetOf(request: Uint8Array): Uint8Array {
  return octets(Buffer.from(request).toString('latin1').split(' ')[1] ?? '/');
}

function octets(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
