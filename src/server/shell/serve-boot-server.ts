import { parseIpv4 } from '../../wire/address.ts';
import { type BootServerConfig, bootServerAt, stepBootServer } from '../dhcp/boot-server.ts';
import type { ServerEvent } from '../event.ts';
import { socketError } from './server-error.ts';
import type { Service } from './service.ts';
import { openUdp } from './udp-socket.ts';

/** PXE 2.1 §2.2.3: where PXE clients ask what to boot, once they have an address. */
export const BOOT_SERVER_PORT = 4011;

/**
 * Answers PXE clients on port 4011, from that port (iPXE takes nothing from another one). They have addresses, and ask by
 * unicast: an ordinary socket will do. Its address is what they hear of this server. Throws ServerError.
 */
export async function serveBootServer(
  { address, port }: { readonly address: string; readonly port: number },
  initial: BootServerConfig,
  deps: { readonly log: (event: ServerEvent) => void },
): Promise<Service<BootServerConfig>> {
  const here = parseIpv4(address);
  const seen = (config: BootServerConfig): BootServerConfig =>
    here === undefined ? config : bootServerAt(here, config);
  let config = seen(initial);
  try {
    const socket = await openUdp({ address, port }, (bytes, source) => {
      for (const output of stepBootServer(config, { bytes, source })) {
        if (output.kind === 'event') deps.log(output.event);
        else if (output.kind === 'send') socket.send(output.bytes, output.to.port, output.to.address);
      }
    });
    return {
      port: socket.port,
      configure: (next) => {
        config = seen(next);
      },
      [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
    };
  } catch (error) {
    throw socketError(`PXE boot server on ${address}:${port}`, error);
  }
}
