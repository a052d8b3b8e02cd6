import type { ServerEvent } from '../event.ts';
import type { Boot, Client } from './boot.ts';
import {
  beginBoot,
  bootOf,
  clientOf,
  climb,
  fail,
  giveAddress,
  type Said,
  type Step,
  say,
  settle,
  takeAddress,
} from './boots.ts';

type DhcpEvent = Extract<ServerEvent, { stage: 'dhcp' }>;

/** Between the DISCOVERs of one attempt: PXE 2.1 has up to 32 s, EDK2 28 s. */
const PAUSE_MS = 60_000;
const SILENCE_MS = 10_000;
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;
/** Silences that are as they should be. */
const HARMLESS = /^(it chose server|it (asks for|takes) its address|.* not for us$)/;

export function onDhcp(step: Step, event: DhcpEvent): void {
  const client = clientOf(step, event.client, MAC.test(event.client) ? event.client : undefined);
  client.hostName = event.hostName ?? client.hostName;
  client.relay = event.relay ?? client.relay;
  const boot = bootOfDhcp(step, client, event);
  if (boot !== undefined) {
    boot.last = step.now;
    boot.architecture = event.architecture ?? boot.architecture;
  }
  switch (event.did) {
    case 'offer':
      onOffer(step, client, boot, event);
      break;
    case 'ack':
    case 'bootp':
      onAck(step, client, boot, event);
      break;
    case 'nak':
      fail(step, client, boot, said(event, 'refused (NAK)'));
      break;
    case 'silence':
      onSilence(step, client, boot, event);
      break;
    case 'released':
      takeAddress(step.state, client);
      say(step, client, 'info', said(event, `gave ${event.address ?? 'its address'} back`));
      break;
    case 'declined':
      takeAddress(step.state, client);
      fail(
        step,
        client,
        boot,
        said(event, `found ${event.address ?? 'its address'} in use by another machine`),
        'warning',
      );
      break;
    case 'conflict':
      say(step, client, 'info', said(event, `${event.address ?? 'an address'} is in use by another machine`));
      break;
    default:
      event.did satisfies never;
  }
}

/** A new boot begins with a DISCOVER of firmware, or of iPXE where that is the firmware. */
function bootOfDhcp(step: Step, client: Client, event: DhcpEvent): Boot | undefined {
  const { asked = event.did === 'offer' ? 'discover' : 'request', program = 'unnamed' } = event;
  const { boot } = client;
  const begins = asked === 'discover' || asked === 'bootp';
  if (boot === undefined || bootOf(client, step.now) === undefined) {
    return begins || (program !== 'unnamed' && asked === 'request')
      ? beginBoot(step, client, program, program !== 'unnamed')
      : undefined;
  }
  if (!begins) return boot;
  const over = boot.outcome !== 'running' || step.now - boot.last > PAUSE_MS;
  switch (program) {
    case 'firmware':
      // Whoever got further and asks as firmware again was switched off and on.
      if (!over && boot.rung === 'dhcp' && boot.program !== 'ipxe') return boot;
      return beginBoot(step, client, program, true);
    case 'ipxe':
      // pxelinux and kernels do not turn into iPXE: another boot. Scripts may chain another iPXE.
      if (!over && boot.found === undefined && boot.search === undefined) {
        boot.program = program;
        return boot;
      }
      return beginBoot(step, client, program, true);
    case 'unnamed':
      // The system that was booted asks for its own address.
      if (boot.outcome === 'running' && boot.counted && boot.rung !== 'dhcp') settle(step, client, boot);
      return boot.counted || !over ? boot : beginBoot(step, client, program, false);
    default:
      return program satisfies never;
  }
}

function onOffer(step: Step, client: Client, boot: Boot | undefined, event: DhcpEvent): void {
  named(step, boot, event);
  const text = `offered ${whatText(event)}`;
  if (event.address !== undefined) {
    say(step, client, 'quiet', said(event, text));
    if (boot !== undefined) boot.offer ??= { at: step.now, text };
    return;
  }
  // Beside another server's, an offer has no address and nobody takes it: it is all there is to tell.
  if (boot !== undefined && lacksFile(event)) fail(step, client, boot, said(event, text), 'warning');
  else say(step, client, 'info', said(event, text));
}

function onAck(step: Step, client: Client, boot: Boot | undefined, event: DhcpEvent): void {
  if (event.address !== undefined) giveAddress(step.state, client, event.address);
  if (boot !== undefined) {
    boot.offer = undefined;
    boot.failure = undefined;
  }
  named(step, boot, event);
  const text = whatText(event);
  if (boot !== undefined && lacksFile(event)) fail(step, client, boot, said(event, text), 'warning');
  else say(step, client, 'info', said(event, text));
}

function named(step: Step, boot: Boot | undefined, { program, file }: DhcpEvent): void {
  if (boot === undefined) return;
  if (file !== undefined) boot.file = file;
  if (program === 'ipxe') climb(step, boot, 'ipxe');
  else boot.reached.dhcp ??= step.now;
}

/** Firmware that is given no file can only give up. */
function lacksFile({ asked, program, file }: DhcpEvent): boolean {
  return file === undefined && asked !== 'inform' && program !== undefined && program !== 'unnamed';
}

function onSilence(step: Step, client: Client, boot: Boot | undefined, event: DhcpEvent): void {
  const because = event.because ?? '';
  if (HARMLESS.test(because)) {
    if (boot !== undefined) boot.offer = undefined;
    // Beside another server: what the client asks that one for is what it will speak from.
    if (event.address !== undefined) giveAddress(step.state, client, event.address);
    say(step, client, 'quiet', said(event, 'left to another server'));
    return;
  }
  const before = client.silence;
  if (before?.because === because && step.now - before.since < SILENCE_MS) {
    before.leftOut++;
    return;
  }
  client.silence = { because, since: step.now, leftOut: 0 };
  const more = before?.because === because && before.leftOut > 0 ? `; ${before.leftOut} more like it` : '';
  const text = `${event.asked === 'discover' ? 'no offer' : 'no answer'}${more}`;
  fail(step, client, boot, said(event, text), event.asked === 'discover' ? 'failure' : 'warning');
}

/** `10.188.0.66, undionly.kpxe`; beside another DHCP server, only the file. */
function whatText(event: DhcpEvent): string {
  const file = event.file ?? (lacksFile(event) ? 'no boot file' : undefined);
  return [event.address, file].filter((word) => word !== undefined).join(', ');
}

function said(event: DhcpEvent, text: string): Said {
  const { stage, did, because } = event;
  return because === undefined
    ? { stage, did, text, more: event }
    : { stage, did, because, text, more: event };
}
