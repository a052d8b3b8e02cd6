import type { MacAddress } from '../wire/address.ts';
import type { Firmware } from './firmware.ts';
import type { FirmwarePaths } from './firmware-paths.ts';

/** What QEMU says of the machine in SMBIOS: QEMU's own values where absent. */
export type MachineIdentity = {
  /** As dmidecode and iPXE print it. */
  readonly uuid?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly product?: string | undefined;
  readonly serial?: string | undefined;
  /** Asset tag of the chassis. */
  readonly asset?: string | undefined;
};

/** Everything that decides how QEMU is started: paths are as the machine's own processes see them. */
export type QemuSpec = {
  readonly firmware: Firmware;
  /** Paths found for the firmware's files. */
  readonly files: Partial<FirmwarePaths>;
  readonly accelerator: 'kvm' | 'tcg';
  readonly mac: MacAddress;
  readonly identity: MachineIdentity;
  /** MiB; the firmware's own where absent. */
  readonly memory?: number | undefined;
  /** Name of a tap; without one, `link` is given. */
  readonly tap?: string | undefined;
  /** Unix socket of a link (src/lab/lab-link.ts) that the network card is plugged into. */
  readonly link?: string | undefined;
  /** Raw disk image. */
  readonly disk?: string | undefined;
  /** Descriptor of the connected socket that QEMU speaks QMP on; without it QEMU is started by hand, and not paused. */
  readonly qmpDescriptor?: number | undefined;
};

/** QEMU's arguments, the program not among them. One list, so that what is run by hand is what a scenario runs. */
export function qemuArguments(spec: QemuSpec): readonly string[] {
  const { qemu } = spec.firmware;
  const { files, disk } = spec;
  const flash = (unit: number, file: string, access: string): readonly string[] => [
    '-drive',
    `if=pflash,unit=${unit},format=raw,${access}file=${comma(file)}`,
  ];
  const rom =
    qemu['nic-rom'] === 'none'
      ? ',romfile='
      : files.nicRom === undefined
        ? ''
        : `,romfile=${comma(files.nicRom)}`;
  return [
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-machine',
    // graphics=off makes SeaBIOS say on the serial port what it says on the screen, iPXE and pxelinux with it.
    `${qemu.machine},graphics=off,accel=${spec.accelerator}`,
    ...(qemu.cpu === undefined ? [] : ['-cpu', qemu.cpu]),
    '-m',
    String(spec.memory ?? qemu.memory),
    // For the screenshot.
    ...(qemu.screen === 'none' ? [] : ['-device', 'VGA']),
    ...control(spec.qmpDescriptor),
    '-serial',
    'chardev:console',
    // A machine that switches itself off stays, switched off, so that its screen can still be taken.
    '-action',
    'shutdown=pause',
    ...identityArguments(spec.identity),
    ...(files.bios === undefined ? [] : ['-bios', files.bios]),
    ...(files.kernel === undefined ? [] : ['-kernel', files.kernel]),
    ...(files.code === undefined ? [] : flash(0, files.code, 'readonly=on,')),
    ...(files.variables === undefined ? [] : flash(1, files.variables, '')),
    '-netdev',
    network(spec),
    '-device',
    `${qemu.nic},netdev=net0,mac=${spec.mac}${rom}${qemu.boot === undefined ? ',bootindex=1' : ''}`,
    ...(qemu.devices ?? []).flatMap((device) => ['-device', device]),
    ...Object.entries(qemu['fw-cfg'] ?? {}).flatMap(([name, text]) => [
      '-fw_cfg',
      `name=${name},string=${comma(text)}`,
    ]),
    ...(disk === undefined
      ? []
      : ['-drive', `if=none,id=disk0,format=raw,file=${comma(disk)}`, '-device', 'ide-hd,drive=disk0']),
    ...(qemu.boot === undefined ? [] : ['-boot', qemu.boot]),
  ];
}

/** QEMU 7.2 is the first that has `stream`. */
function network({ tap, link }: QemuSpec): string {
  if (link !== undefined) return `stream,id=net0,server=off,addr.type=unix,addr.path=${comma(link)}`;
  // Without vnet_hdr=off a guest may hand over segments larger than a frame, with unfinished checksums.
  return `tap,id=net0,ifname=${tap},script=no,downscript=no,vnet_hdr=off`;
}

/** The console on stdin and stdout; and QMP, or for a person QEMU's monitor behind Ctrl-A C (Ctrl-A X ends it). */
function control(qmpDescriptor: number | undefined): readonly string[] {
  if (qmpDescriptor === undefined)
    return ['-chardev', 'stdio,id=console,mux=on,signal=off', '-mon', 'chardev=console,mode=readline'];
  const qmp = ['-chardev', `socket,id=qmp,fd=${qmpDescriptor}`, '-mon', 'chardev=qmp,mode=control'];
  return ['-S', '-chardev', 'stdio,id=console,signal=off', ...qmp];
}

/** SMBIOS type 1 is the system, type 3 the chassis (SMBIOS 3.1.1 §7.2, §7.4). */
function identityArguments({
  uuid,
  manufacturer,
  product,
  serial,
  asset,
}: MachineIdentity): readonly string[] {
  const system = Object.entries({ manufacturer, product, serial, uuid })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}=${comma(value)}`);
  return [
    ...(system.length === 0 ? [] : ['-smbios', ['type=1', ...system].join(',')]),
    ...(asset === undefined ? [] : ['-smbios', `type=3,asset=${comma(asset)}`]),
  ];
}

/** In QEMU's option lists a comma inside a value is written twice. */
function comma(value: string): string {
  return value.replaceAll(',', ',,');
}
