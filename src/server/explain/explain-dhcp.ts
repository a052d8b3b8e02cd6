import { type Ipv4Address, ipv4FromBytes, type MacAddress, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { buildDhcpMessage, type OptionToSend } from '../../wire/dhcp/build-message.ts';
import { type DhcpMessage, fileName, optionData, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { architectureName, isHttpArchitecture } from '../../wire/dhcp/opt-client-architecture.ts';
import { uuidOctets } from '../../wire/dhcp/opt-client-machine-id.ts';
import { serializeMessageType } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { DhcpConfig } from '../dhcp/dhcp-config.ts';
import type { DhcpInput, DhcpOutput } from '../dhcp/dhcp-io.ts';
import { initialDhcpState } from '../dhcp/dhcp-state.ts';
import { stepDhcp } from '../dhcp/step-dhcp.ts';
import { initialProxyState, type ProxyConfig, stepProxy } from '../dhcp/step-proxy.ts';
import { isInSubnet } from '../dhcp/subnet-choice.ts';

/** What DHCP would answer to one program of the client, from the server's own core. */
export type DhcpAnswer = {
  /** `firmware, architecture 0 (x86 BIOS)`, `iPXE`. */
  readonly as: string;
  readonly did: string;
  readonly address: string | undefined;
  readonly nextServer: string | undefined;
  readonly file: string | undefined;
  readonly because: string | undefined;
};

export type DhcpExplanation = {
  readonly by: 'dhcp' | 'proxy';
  /** `10.188.0.0/24`, and how the address comes about. */
  readonly subnet: string | undefined;
  readonly reserved: boolean;
  readonly answers: readonly DhcpAnswer[];
  /** What iPXE learns of it and tells boot2. */
  readonly learned: ReadonlyMap<string, string>;
};

export type DhcpClient = {
  readonly mac: MacAddress;
  readonly uuid: string | undefined;
  /** Address of the relay it is behind. */
  readonly relay: Ipv4Address | undefined;
};

const WANTED = [1, 3, 6, 12, 15, 17, 43, 60, 66, 67, 97, 175];
/** The smallest an architecture's code has in option 60. */
const CODE_DIGITS = 5;

/** A DISCOVER of the firmware of each architecture that there is a file for, and one of iPXE. */
export function explainDhcp(config: DhcpConfig, client: DhcpClient): DhcpExplanation {
  const asked = askAll(client, config, () => {
    let state = initialDhcpState(config);
    return (input) => {
      const [next, outputs] = stepDhcp(state, input, 0);
      state = next;
      return outputs;
    };
  });
  const reply = asked.at(-1)?.reply;
  const subnet = reply && config.subnets.find((one) => isInSubnet(reply.yiaddr, one));
  return {
    by: 'dhcp',
    subnet: subnet && `${subnet.network}/${subnet.prefixLength}`,
    reserved: subnet?.reservations.has(client.mac) ?? false,
    answers: asked.map(({ reply: _, ...answer }) => answer),
    learned: reply === undefined ? new Map() : learnedFrom(reply),
  };
}

/** The same beside another DHCP server, which gives the addresses. */
export function explainProxy(config: ProxyConfig, client: DhcpClient): DhcpExplanation {
  const asked = askAll(client, config, () => {
    const state = initialProxyState(config);
    return (input) => (input.kind === 'datagram' ? stepProxy(state, input, 0) : []);
  });
  const file = asked.at(-1)?.file;
  return {
    by: 'proxy',
    subnet: undefined,
    reserved: false,
    answers: asked.map(({ reply: _, ...answer }) => answer),
    learned: new Map(file === undefined ? [] : [['filename', file]]),
  };
}

type Core = (input: DhcpInput) => readonly DhcpOutput[];
type Asked = DhcpAnswer & { readonly reply: DhcpMessage | undefined };

/** Each program of the client asks a server that knows nothing of the others. */
function askAll(
  client: DhcpClient,
  { boot, serverAddress }: Pick<DhcpConfig, 'boot' | 'serverAddress'>,
  coreOf: () => Core,
): readonly Asked[] {
  const firmware = [...boot.files.keys()].map((code) => ({
    as: `firmware, architecture ${code}${inWords(code)}`,
    options: firmwareOptions(code),
  }));
  const bare = { as: 'firmware that does not say its architecture', options: [] };
  const stages = [
    ...(boot.withoutArchitecture === undefined ? firmware : [...firmware, bare]),
    { as: 'iPXE', options: ipxeOptions() },
  ];
  return stages.map(({ as, options }) => ({
    as,
    ...ask(coreOf(), {
      kind: 'datagram',
      bytes: discover(client, options),
      source: { address: client.relay ?? '0.0.0.0', port: 68 },
      via: serverAddress,
    }),
  }));
}

function discover({ mac, uuid, relay }: DhcpClient, options: readonly OptionToSend[]): Uint8Array {
  const machine = uuid === undefined ? undefined : uuidOctets(uuid, 'smbios');
  return buildDhcpMessage({
    xid: 1,
    chaddr: mac,
    ...(relay === undefined ? {} : { giaddr: relay, hops: 1 }),
    options: [
      { code: OPTION.messageType, data: serializeMessageType('discover') },
      { code: OPTION.parameterRequestList, data: Uint8Array.from(WANTED) },
      ...options,
      ...(machine === undefined
        ? []
        : [{ code: OPTION.clientMachineId, data: Uint8Array.of(0, ...machine) }]),
    ],
  });
}

function ask(core: Core, message: DhcpInput): Omit<Asked, 'as'> {
  let reply: DhcpMessage | undefined;
  let did = 'silence';
  let because: string | undefined;
  const inputs = [message];
  for (const input of inputs) {
    for (const output of core(input)) {
      if (output.kind === 'send') {
        const parsed = parseDhcpMessage(output.bytes);
        if (parsed.ok) reply = parsed.value;
      }
      // Nobody is asked here: the address is taken for free.
      if (output.kind === 'probe') {
        inputs.push({ kind: 'probed', address: output.address, answeredBy: undefined });
      }
      if (output.kind === 'event' && output.event.stage === 'dhcp') ({ did, because } = output.event);
    }
  }
  const address = reply === undefined || reply.yiaddr === UNSPECIFIED_IPV4 ? undefined : reply.yiaddr;
  const file = reply === undefined ? '' : fileName(reply) || latin1(optionData(reply, OPTION.bootFileName));
  return {
    did,
    because,
    address,
    nextServer: reply?.siaddr,
    file: file === '' ? undefined : file,
    reply,
  };
}

function firmwareOptions(code: number): readonly OptionToSend[] {
  const kind = isHttpArchitecture(code) ? 'HTTPClient' : 'PXEClient';
  const vendorClass = `${kind}:Arch:${String(code).padStart(CODE_DIGITS, '0')}:UNDI:003016`;
  return [
    { code: OPTION.clientArchitecture, data: Uint8Array.of(code >> 8, code & 0xff) },
    { code: OPTION.vendorClass, data: Buffer.from(vendorClass) },
  ];
}

/** As the write-up shows them: a build with HTTP, iSCSI, menus and Linux kernels. */
function ipxeOptions(): readonly OptionToSend[] {
  return [
    ...firmwareOptions(0),
    { code: OPTION.userClass, data: Buffer.from('iPXE') },
    { code: OPTION.ipxe, data: Buffer.from(IPXE_FEATURES, 'hex') },
  ];
}

const IPXE_FEATURES =
  'b105011af410001801012301012201011901012101011001021301011101' + '01eb03010000170101150101120101';

/** iPXE's own names for what DHCP tells it. */
function learnedFrom(reply: DhcpMessage): ReadonlyMap<string, string> {
  const address = (code: number): string => {
    const data = optionData(reply, code);
    return data === undefined || data.length < 4 ? '' : ipv4FromBytes(data);
  };
  return new Map([
    ['ip', reply.yiaddr],
    ['netmask', address(OPTION.subnetMask)],
    ['gateway', address(OPTION.router)],
    ['dns', address(OPTION.domainNameServer)],
    ['domain', latin1(optionData(reply, OPTION.domainName))],
    ['hostname', latin1(optionData(reply, OPTION.hostName))],
    ['filename', fileName(reply) || latin1(optionData(reply, OPTION.bootFileName))],
    ['nextserver', reply.siaddr],
  ]);
}

function latin1(data: Uint8Array | undefined): string {
  return data === undefined ? '' : Buffer.from(data).toString('latin1').replace(/\0+$/, '');
}

function inWords(code: number): string {
  const name = architectureName(code);
  return name === undefined ? '' : ` (${name})`;
}
