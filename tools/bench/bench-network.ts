import { PLACES } from '../../src/cli/places.ts';
import type { LabInterface, LabSpec } from '../../src/lab/lab-spec.ts';
import { type Lab, startLab } from '../../src/lab/start-lab.ts';
import { ipv4, mac } from '../../src/wire/address.ts';

/** Servers run on host `pxe`, whoever puts load on them on host `load`. */
export const SERVER_ADDRESS = '10.188.0.10';
export const LOAD_ADDRESS = '10.188.0.2';
/** Host `load` too, for a client that is not the load. */
export const WITNESS_ADDRESS = '10.188.0.3';

const NETWORK = 'lan';
const on = (address: string, hardware: string): LabInterface => ({
  network: NETWORK,
  address: ipv4(address),
  mac: mac(hardware),
});

/** 10.188.0.0/16: room for 50,000 leases. */
const SPEC: LabSpec = {
  networks: [{ name: NETWORK, prefixLength: 16 }],
  hosts: [
    { name: 'pxe', interfaces: [on(SERVER_ADDRESS, '02:00:0a:bc:00:0a')] },
    { name: 'load', interfaces: [on(LOAD_ADDRESS, '02:00:0a:bc:00:02')] },
  ],
};

/** Two hosts on a bridge of their own, and nobody who captures: what is measured is server and load alone. */
export async function startBenchNetwork(): Promise<Lab> {
  const lab = await startLab(SPEC, { path: `${PLACES.bin}:${process.env.PATH}` });
  try {
    lab.capture.stream.resume();
    await lab.capture.stop();
    // A client without an address broadcasts, whatever the host's routes are.
    await lab.run(['ip', 'route', 'add', '255.255.255.255', 'dev', 'eth0'], { host: 'load' });
    await lab.run(['ip', 'address', 'add', `${WITNESS_ADDRESS}/16`, 'dev', 'eth0'], { host: 'load' });
    return lab;
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}
