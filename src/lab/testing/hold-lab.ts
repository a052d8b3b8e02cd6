/**
 * For tests: a process of its own that makes a lab, tries what an ordinary user needs of it, and holds it until its stdin
 * ends. Says on stdout one line of JSON: { pid, ... } or { error }. Arguments: `broken` for a lab that cannot be made.
 */
import { access, constants, readFile } from 'node:fs/promises';
import { ipv4 } from '../../wire/address.ts';
import { LabError } from '../lab-error.ts';
import { seedLab } from '../lab-spec.ts';
import { startLab } from '../start-lab.ts';
import { forListeningTcp, waitFor } from '../wait.ts';
import { watchCapture } from './watch-capture.ts';

const say = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

async function hold(): Promise<void> {
  const seed = seedLab();
  const broken = { ...seed, hosts: seed.hosts.map((host) => ({ ...host, gateway: ipv4('192.0.2.1') })) };
  await using lab = await startLab(process.argv.includes('broken') ? broken : seed);
  const watch = watchCapture(lab);
  const server = await lab.spawn(
    [process.execPath, '-e', "require('net').createServer(s=>s.end('from the server')).listen(80)"],
    { host: 'pxe' },
  );
  await waitFor(forListeningTcp(80), server, 10_000);
  const client = "require('net').connect(80,'pxe.example.com').pipe(process.stdout)";
  const { stdout } = await lab.run([process.execPath, '-e', client], { host: 'gateway' });
  await lab.run(['sh', '-c', 'echo inside > /run/lab/x']);
  const file = await readFile(lab.pathOf('/run/lab/x'), 'utf8');
  const tap = await lab
    .addTap()
    .catch((error: unknown) => (error instanceof LabError ? error.code : String(error)));
  const tunAllowed = await access('/dev/net/tun', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  const statistics = await lab.capture.stop();
  await watch.ended;
  say({ pid: lab.pid, uid: process.getuid?.(), stdout, file, tap, tunAllowed, statistics });
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once('end', resolve));
}

try {
  await hold();
} catch (error) {
  say({ error: error instanceof LabError ? { ...error, message: error.message } : String(error) });
}
