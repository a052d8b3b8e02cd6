/**
 * For tests: a process of its own, in a mount namespace where the given folder is on a small disk, that takes uploads into
 * that folder until its stdin ends. Says its port on stdout.
 */
import { openUploadFolder } from '../shell/upload-folder.ts';
import { startTftp } from './tftp-server.ts';

const [incoming = ''] = process.argv.slice(2);
const folder = await openUploadFolder(incoming);
await using tftp = await startTftp({ upload: { folder, maxOctets: 1_000_000, overwrite: false } });
process.stdout.write(`${tftp.port}\n`);
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve));
