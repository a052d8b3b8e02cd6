import { relative } from 'node:path';
import { getuid } from 'node:process';
import { findingsOf } from '../findings/find.ts';
import type { LabSpec } from '../lab/lab-spec.ts';
import { type Lab, startLab } from '../lab/start-lab.ts';
import { linkPlan } from '../link/link-plan.ts';
import type { LinkPlanFile } from '../link/link-plan-file.ts';
import type { RecordOrder } from '../record/record-boot.ts';
import { counted } from '../report/octets.ts';
import { keepLink } from '../scenario/link-evidence.ts';
import { LiveStory } from '../scenario/live-story.ts';
import type { ReportFiles } from '../scenario/report-files.ts';
import type { Story } from '../story/event.ts';
import type { ServerSpec } from '../sut/server-spec.ts';
import { startServer } from '../sut/start-server.ts';
import { chooseAccelerator } from '../vm/accelerator.ts';
import { type RunningVm, startVm } from '../vm/start-vm.ts';
import { mac } from '../wire/address.ts';
import type { Io } from './command.ts';

export type LabOrder = {
  /** Without one the server is alone. */
  readonly machine: RecordOrder | undefined;
  readonly server: ServerSpec;
  readonly variant: string | undefined;
  readonly cable: LinkPlanFile | undefined;
  readonly spec: LabSpec;
  /** PATH to look for programs in. */
  readonly path: string;
};

/** Ctrl-], as in telnet: nothing that boots wants it. */
const LEAVE = 0x1d;
/** Of nobody: without a machine no story is told. */
const NOBODY = mac('00:00:00:00:00:00');

/**
 * A lab with a server, and a machine on this terminal, until somebody leaves it. Resolves when all is gone but the report. Rejects with
 * what broke.
 */
export async function playInLab(order: LabOrder, files: ReportFiles, io: Io): Promise<void> {
  const { machine, server, variant } = order;
  await files.prepare();
  const capture = files.path('capture', 'capture.pcapng');
  await using lab = await startLab(order.spec, { path: order.path });
  const live = new LiveStory(machine?.mac ?? NOBODY, { heard: () => {}, changed: () => {} });
  live.follow(lab.capture.stream, capture);
  await using sut = await startServer(server, lab, { variant });
  for (const line of introduction(order, lab, relative(io.cwd, capture))) io.err(`${line}\n`);
  const broken = Promise.race([lab.failed, sut.exited]).then((error) => Promise.reject(error));
  // It may break before anybody waits for it.
  broken.catch(() => {});
  try {
    if (machine === undefined) await Promise.race([interrupted(io), broken]);
    else await atTheConsole(order, machine, { lab, live, files, broken }, io);
  } finally {
    await files.write('serverLog', 'server.log', sut.log());
  }
  const { frames } = await lab.capture.stop();
  const story = await live.done();
  io.err(`${counted(frames, 'frame')} captured\n`);
  for (const line of inShort(story)) io.err(`${line}\n`);
  if (frames > 0) io.err(`all of it: pxebench explain ${relative(io.cwd, capture)}\n`);
}

function* introduction({ machine, server, cable }: LabOrder, lab: Lab, capture: string): Generator<string> {
  yield `server   ${server.id} (${server.file.value.title}), on ${Object.keys(server.file.value.hosts).join(', ')}`;
  const hosts = lab.spec.hosts.map(({ name, interfaces }) => `${name} ${interfaces[0].address}`);
  yield `network  ${hosts.join(', ')}`;
  yield `capture  ${capture}`;
  // From another terminal; the last word but one is the host.
  const user = getuid?.() === 0 ? '' : ' --user --preserve-credentials';
  const enter = `nsenter --target ${lab.pid}${user} --mount --pid --net=/proc/${lab.pid}/root/run/netns`;
  yield `enter    ${enter}/gateway sh`;
  if (machine === undefined) yield 'leave    by Ctrl-C';
  else {
    const link = cable === undefined ? '' : ', on a link with faults';
    yield `machine  ${machine.firmware.id} (${machine.firmware.title}), ${machine.mac}${link}`;
    yield 'leave    by Ctrl-]; all other keys go to the machine';
    yield '';
  }
}

type Surroundings = {
  readonly lab: Lab;
  readonly live: LiveStory;
  readonly files: ReportFiles;
  readonly broken: Promise<never>;
};

async function atTheConsole(
  { cable }: LabOrder,
  { firmware, mac: address, uuid }: RecordOrder,
  { lab, live, files, broken }: Surroundings,
  io: Io,
): Promise<void> {
  const plans = [firmware.link, cable].filter((plan) => plan !== undefined);
  await using vm = await startVm(
    {
      ...{ firmware, mac: address, attended: true },
      identity: { uuid },
      link: linkPlan(plans),
      accelerator: (await chooseAccelerator()).name,
    },
    {
      consoleLine: (text, timeNs) => live.console(text, timeNs),
      consoleOctets: (octets) => void process.stdout.write(octets),
      changed: (what, timeNs) => {
        live.machine(what, timeNs);
        // Raw: a line end is both.
        if (what === 'shutdown' || what === 'panic') io.err(`\r\n[${what}: Ctrl-] leaves]\r\n`);
      },
    },
    lab,
  );
  await vm.powerOn();
  try {
    await Promise.race([keysUntilLeft(vm, io), broken, vm.failed.then((error) => Promise.reject(error))]);
  } finally {
    await keepLink(vm.link, lab, files);
    await files.write('console', 'console.txt', vm.consoleText());
    await files.write('consoleRaw', 'console.raw', vm.consoleRaw());
  }
}

/** Passes keys on until Ctrl-], or until the command is to end. The terminal is as it was afterwards. */
async function keysUntilLeft(vm: RunningVm, io: Io): Promise<void> {
  const { stdin } = process;
  const { promise, resolve } = Promise.withResolvers<void>();
  const onKeys = (keys: Buffer): void => {
    const at = keys.indexOf(LEAVE);
    vm.type(at < 0 ? keys : keys.subarray(0, at));
    if (at >= 0) resolve();
  };
  stdin.setRawMode(true);
  stdin.on('data', onKeys);
  stdin.once('end', resolve);
  try {
    await Promise.race([promise, interrupted(io)]);
  } finally {
    stdin.off('data', onKeys);
    stdin.setRawMode(false);
    stdin.pause();
    // A guest may have left colours, and a cursor in the middle of a line.
    io.err('\x1b[0m\r\n');
  }
}

/** Resolves by Ctrl-C, or SIGTERM. */
function interrupted({ signal }: Io): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What the machine came to. */
function* inShort(story: Story): Generator<string> {
  const endNs = story.events.at(-1)?.endNs ?? 0n;
  for (const { says, weight } of findingsOf(story, { endNs }))
    yield `  ${weight === 'note' ? '·' : '!'} ${says}`;
}
