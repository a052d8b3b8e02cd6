/**
 * For tests: a process of its own that makes a lab and says, as one line of JSON, who its processes can be: { user, other,
 * server } or { error }. `other` is what www-data is told of itself, `server` who a server that leaves root is.
 */
import { readFile } from 'node:fs/promises';
import { commandFolders } from '../command-path.ts';
import { LabError } from '../lab-error.ts';
import { seedLab } from '../lab-spec.ts';
import { startLab } from '../start-lab.ts';
import { findLabUser } from '../subordinate-ids.ts';
import { forListeningTcp, forLog, waitFor } from '../wait.ts';

/** Debian's www-data. */
const OTHER = ['setpriv', '--reuid=33', '--regid=33', '--clear-groups', 'id', '-un'];
const SERVER = "require('net').createServer().listen(443); console.log(process.getuid())";

async function tryUsers(): Promise<unknown> {
  await using lab = await startLab(seedLab());
  const other = await lab.run(OTHER).then(
    ({ stdout }) => stdout.trim(),
    (error: unknown) => (error instanceof LabError ? error.code : String(error)),
  );
  const server = await lab.spawn([process.execPath, '-e', SERVER], { host: 'pxe', leavesRoot: true });
  await waitFor(forListeningTcp(443), server, 10_000);
  await waitFor(forLog('\n'), server, 10_000);
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  const said = server.output.recent().trim();
  const killed = server.kill('SIGTERM');
  const end = await server.exited;
  return {
    user: await findLabUser(commandFolders()),
    other,
    server: {
      uid: Number(said),
      capabilities: /^CapEff:\s*0*$/m.test(status) ? 'none' : 'some',
      killed,
      end,
    },
  };
}

const said = await tryUsers().catch((error: unknown) => ({
  error: error instanceof LabError ? { ...error, message: error.message } : String(error),
}));
process.stdout.write(`${JSON.stringify(said)}\n`);
