/**
 * For tests: a process of its own that starts a server in a lab and asks it for what a client would: an offer and a boot
 * script. Says one line of JSON: { missing, offer, http, users, log } or { missing, error }. Usage: try-server.ts ID|FOLDER
 */
import { resolve } from 'node:path';
import { commandFolders } from '../../lab/command-path.ts';
import { LabError } from '../../lab/lab-error.ts';
import { seedLab } from '../../lab/lab-spec.ts';
import { findMissing } from '../../lab/need.ts';
import { type Lab, startLab } from '../../lab/start-lab.ts';
import { dhcpDiscover, dhcpReplyIn } from '../../lab/testing/lab-traffic.ts';
import { watchCapture } from '../../lab/testing/watch-capture.ts';
import { serverNeeds } from '../server-needs.ts';
import { loadServer } from '../server-spec.ts';
import { startServer } from '../start-server.ts';
import { SutError } from '../sut-error.ts';

const SERVERS = resolve(import.meta.dirname, '..', '..', '..', 'servers');
const CLIENT = '00:12:34:56:78:90';
const SCRIPT = `http://pxe.example.com/boot2.php?mac=${CLIENT}`;
const FETCH = `fetch('${SCRIPT}').then(async (r) => console.log(JSON.stringify([r.status, await r.text()])))`;

const server = await loadServer(process.argv[2] ?? '', SERVERS);
const missing = await findMissing(serverNeeds(server, commandFolders()));

async function tryServer(): Promise<unknown> {
  await using lab = await startLab(seedLab());
  await using running = await startServer(server, lab);
  // It may have bound its port and fail a moment later.
  const failed = running.exited.then((error) => Promise.reject(error));
  return { missing, ...(await Promise.race([asked(lab), failed])), log: running.log() };
}

async function asked(lab: Lab): Promise<object> {
  const watch = watchCapture(lab);
  lab.inject(dhcpDiscover(CLIENT));
  const offer = dhcpReplyIn(await watch.until((frame) => dhcpReplyIn(frame) !== undefined));
  const { stdout } = await lab.run([process.execPath, '-e', FETCH], { host: 'gateway' });
  return { offer, http: JSON.parse(stdout), users: await usersIn(lab) };
}

/** The user ids, as the lab has them, of the processes of each command. */
async function usersIn(lab: Lab): Promise<Readonly<Record<string, readonly number[]>>> {
  const { stdout } = await lab.run(['sh', '-c', "grep -hE '^(Name|Uid):' /proc/[0-9]*/status"]);
  const found: Record<string, number[]> = {};
  for (const [, name = '', uid] of stdout.matchAll(/^Name:\t(.*)\nUid:\t(\d+)/gm)) {
    found[name] = [...new Set([...(found[name] ?? []), Number(uid)])].sort((a, b) => a - b);
  }
  return found;
}

const said = await tryServer().catch((error: unknown) => ({
  missing,
  error:
    error instanceof SutError || error instanceof LabError
      ? { ...error, message: error.message }
      : String(error),
}));
process.stdout.write(`${JSON.stringify(said)}\n`);
