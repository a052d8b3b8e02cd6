import { ipv4, parseIpv4 } from '../../wire/address.ts';
import type { ServerConfig } from './server-config.ts';
import type { RawServerConfig } from './server-config-schema.ts';

const PORT = 8067;
/** It shows who boots what and asks for no password: to open it to a network is for the operator to say. */
const ADDRESS = ipv4('127.0.0.1');

export function readStatus(raw: NonNullable<RawServerConfig['status']>): NonNullable<ServerConfig['status']> {
  return {
    address: parseIpv4(raw.address ?? ADDRESS) ?? ADDRESS,
    port: raw.port ?? PORT,
    names: (raw.names ?? []).map((name) => name.toLowerCase()),
  };
}
