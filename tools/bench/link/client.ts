/**
 * A client of its own MAC address that sends datagrams to the echo server and waits for each to come back, so many on their
 * way at once, as a transfer by blocks or by windows does. Prints its EchoLoad as JSON. Argument: an EchoSpec.
 */
import { plugIn } from '../../../src/lab/lab-link.ts';
import { openPacketSocket } from '../../../src/os/packet-socket.ts';
import { ipv4, mac } from '../../../src/wire/address.ts';
import { ETHER_TYPE, serializeEthernet } from '../../../src/wire/ethernet.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../../../src/wire/ipv4.ts';
import { serializeUdp } from '../../../src/wire/udp.ts';

export type EchoSpec = {
  readonly client: { readonly mac: string; readonly address: string };
  readonly server: { readonly mac: string; readonly address: string; readonly port: number };
  /** Unix socket of a link; without one the client speaks by the interface eth0. */
  readonly link: string | undefined;
  readonly datagrams: number;
  readonly window: number;
};
export type EchoLoad = { readonly seconds: number };

/** With 8 of UDP, 20 of IPv4 and 14 of Ethernet a full frame. */
const PAYLOAD = 1_472;
const SILENCE_MS = 5_000;
const UDP_AT = 34;
const CLIENT_PORT = 2_000;

const spec = JSON.parse(process.argv[2] ?? '') as EchoSpec;
const { client, server, datagrams, window } = spec;
const addresses = { source: ipv4(client.address), destination: ipv4(server.address) };
const ports = { sourcePort: CLIENT_PORT, destinationPort: server.port };
const frame = serializeEthernet({
  ...{ destination: mac(server.mac), source: mac(client.mac), etherType: ETHER_TYPE.ipv4 },
  payload: serializeIpv4({
    ...{ ...addresses, protocol: IP_PROTOCOL.udp },
    payload: serializeUdp({ ...ports, payload: new Uint8Array(PAYLOAD) }, addresses),
  }),
});

const done = Promise.withResolvers<void>();
let sent = 0;
let came = 0;
let send: (bytes: Uint8Array) => void = () => {};
const fill = (): void => {
  for (; sent < datagrams && sent - came < window; sent++) send(frame);
};
const heard = (bytes: Uint8Array): void => {
  const isEcho =
    bytes.length === frame.length && ((bytes[UDP_AT] ?? 0) << 8) + (bytes[UDP_AT + 1] ?? 0) === server.port;
  if (!isEcho) return;
  came++;
  silence.refresh();
  if (came === datagrams) done.resolve();
  else fill();
};
const silence = setTimeout(
  () => done.reject(new Error(`${came} of ${datagrams} came back, then nothing for ${SILENCE_MS} ms`)),
  SILENCE_MS,
);

if (spec.link === undefined) {
  const socket = openPacketSocket('eth0', ETHER_TYPE.ipv4);
  socket.onFrame(heard);
  send = socket.send;
} else {
  const plug = await plugIn(spec.link, heard);
  send = plug.send;
}
const began = performance.now();
fill();
await done.promise;
const load: EchoLoad = { seconds: (performance.now() - began) / 1000 };
process.stdout.write(`${JSON.stringify(load)}\n`);
process.exit(0);
