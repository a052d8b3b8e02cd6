import dnsPacket from 'dns-packet';
import { answerDns } from '../dns/answer-dns.ts';
import type { Zone } from '../dns/zone.ts';
import type { ServerEvent } from '../event.ts';
import { socketError } from './server-error.ts';
import type { Service } from './service.ts';
import { openUdp } from './udp-socket.ts';

/** Answers over UDP. An answer that needs TCP has TC set, and there is no TCP. Throws ServerError. */
export async function serveDns(
  { address, port }: { readonly address: string; readonly port: number },
  initial: Zone,
  log: (event: ServerEvent) => void,
): Promise<Service<Zone>> {
  let zone = initial;
  try {
    const socket = await openUdp({ address, port }, (bytes, from) => {
      const answer = answerDns(bytes, zone);
      const client = `${from.address}:${from.port}`;
      if (answer === undefined) {
        log({ stage: 'bad-input', protocol: 'DNS', client: from.address, because: 'no query' });
        return;
      }
      socket.send(answer, from.port, from.address);
      log({ stage: 'dns', client, did: inWords(answer) });
    });
    return {
      port: socket.port,
      configure: (next) => {
        zone = next;
      },
      [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
    };
  } catch (error) {
    throw socketError(`DNS on ${address}:${port}`, error);
  }
}

/** `pxe.example.com A: 10.188.0.10`, read from the answer, which is well-formed whatever the query was. */
function inWords(answer: Uint8Array): string {
  const decoded = dnsPacket.decode(Buffer.from(answer)) as ReturnType<typeof dnsPacket.decode> & {
    readonly rcode: string;
  };
  const asked = decoded.questions?.map(({ name, type }) => `${name} ${type}`).join() ?? '';
  const addresses = decoded.answers?.flatMap((record) => (record.type === 'A' ? [record.data] : [])) ?? [];
  return `${asked}: ${addresses.length > 0 ? addresses.join(' ') : decoded.rcode}`;
}
