/**
 * The judge is judged: the real command, on the seed server broken in one place, must fail with exit status 1 and name
 * the event that shows it; on a broken bench it must end with exit status 3 and the remedy.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunResult, ScenarioResult } from '../src/report/result.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SEED = join(ROOT, 'servers', 'seed');
/** A boot that fails is watched until nothing more is to come. */
const BOOT_MS = 120_000;

const folder = await mkdtemp(join(tmpdir(), 'pxebench-judge-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

type Ran = {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly results: RunResult | undefined;
};

/** Runs `pxebench run` as a user would; `wrapper` goes before it. */
async function run(name: string, argv: readonly string[], wrapper: readonly string[] = []): Promise<Ran> {
  const report = join(folder, `${name}-report`);
  const [program = '', ...rest] = [
    ...wrapper,
    join(ROOT, 'bin', 'pxebench'),
    'run',
    '--report',
    report,
    ...argv,
  ];
  return new Promise((done) => {
    execFile(program, rest, { cwd: folder }, async (error, out, err) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      const text = await readFile(join(report, 'results.json'), 'utf8').catch(() => undefined);
      done({ status, out, err, results: text === undefined ? undefined : JSON.parse(text) });
    });
  });
}

/** A copy of the seed server, changed. */
async function seedWith(name: string, change: (server: string) => Promise<void>): Promise<string> {
  const server = join(folder, name);
  await cp(SEED, server, { recursive: true });
  await change(server);
  return server;
}

/** Replaces text in a file; the text must be there, or the test would test nothing. */
function edit(file: string, from: string | RegExp, to: string): (server: string) => Promise<void> {
  return async (server) => {
    const path = join(server, file);
    const before = await readFile(path, 'utf8');
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${file} does not have ${from}`);
    await writeFile(path, after);
  };
}

function only(ran: Ran): ScenarioResult {
  const [result, ...more] = ran.results?.scenarios ?? [];
  if (result === undefined || more.length > 0) throw new Error(`wanted one result:\n${ran.out}${ran.err}`);
  return result;
}

type Mutant = {
  readonly name: string;
  readonly scenario: string;
  readonly change: (server: string) => Promise<void>;
  /** The rule and the step that must fail, and what must be said of it. */
  readonly rule: 'expect' | 'never' | 'exactly';
  readonly step: RegExp;
  readonly says: RegExp;
};

const MUTANTS: readonly Mutant[] = [
  {
    name: 'user-class-line-removed',
    scenario: 'seed/bios-ipxe-to-pxelinux',
    change: edit('dnsmasq.conf', /^dhcp-userclass=.*$/m, ''),
    rule: 'expect',
    step: /dhcp: offer, to: ipxe/,
    says: /file: wanted http:\/\/pxe\.example\.com\/boot1\.txt, got undionly\.kpxe/,
  },
  {
    name: 'chainloaded-for-ever',
    scenario: 'seed/dumb-uefi-to-boot2',
    change: edit('dnsmasq.conf', /^dhcp-userclass=.*$/m, ''),
    rule: 'never',
    step: /tftp: \*, after: ipxe/,
    says: /TFTP read ipxe\.efi/,
  },
  {
    name: 'wrong-boot-file',
    scenario: 'seed/bios-ipxe-to-pxelinux',
    change: edit(
      'dnsmasq.conf',
      'dhcp-boot=tag:ENH,http://pxe.example.com/boot1.txt',
      'dhcp-boot=tag:ENH,http://pxe.example.com/boot9.txt',
    ),
    rule: 'expect',
    step: /dhcp: offer, to: ipxe/,
    says: /file: wanted .*boot1\.txt, got .*boot9\.txt/,
  },
  {
    name: 'wrong-next-server',
    scenario: 'seed/bios-ipxe-to-pxelinux',
    change: edit(
      'dnsmasq.conf',
      'dhcp-boot=tag:ENH,http://pxe.example.com/boot1.txt',
      'dhcp-boot=tag:ENH,http://pxe.example.com/boot1.txt,,10.188.0.99',
    ),
    rule: 'expect',
    step: /dhcp: offer, to: ipxe/,
    says: /next-server: wanted 10\.188\.0\.10, got 10\.188\.0\.99/,
  },
  {
    name: 'boot-file-missing-from-the-tftp-root',
    scenario: 'seed/dumb-uefi-to-boot2',
    change: edit('server.yaml', /^ {2}www\/ipxe\.efi:.*$/m, ''),
    rule: 'expect',
    step: /tftp: ipxe\.efi/,
    says: /outcome: wanted size-probe, got refused/,
  },
  {
    name: 'boot1-missing',
    scenario: 'seed/bios-ipxe-to-pxelinux',
    change: (server) => rm(join(server, 'www', 'boot1.txt')),
    rule: 'expect',
    step: /http: GET \/boot1\.txt/,
    says: /status: wanted 200, got 404/,
  },
  {
    name: 'boot2-without-a-default-branch',
    scenario: 'seed/unknown-client-exits',
    change: edit('www/boot2.php', /\n {2}default:[\s\S]*?break;\n/, '\n'),
    rule: 'expect',
    step: /http: GET \/boot2\.php/,
    says: /body: wanted #!ipxe\\nexit\\n, got #!ipxe\\n \(frames/,
  },
  {
    name: 'boot2-that-fails',
    scenario: 'seed/bios-ipxe-to-pxelinux',
    change: edit('www/boot2.php', 'switch (', 'swich ('),
    rule: 'expect',
    step: /http: GET \/boot2\.php/,
    says: /body: wanted #!ipxe\\nchain .*, got .*Parse error/,
  },
  {
    name: 'pxelinux-configuration-one-name-too-early',
    scenario: 'seed/bios-ipxe-to-pxelinux',
    change: async (server) => {
      await mkdir(join(server, 'www', 'pxelinux.cfg'), { recursive: true });
      await writeFile(join(server, 'www', 'pxelinux.cfg', '0'), 'DEFAULT told\nLABEL told\n  LOCALBOOT 0\n');
    },
    rule: 'expect',
    step: /pxelinux-lookup/,
    says: /lookup 11: wanted default, got nothing after 0\b/,
  },
];

describe('pxebench run, on the seed server broken in one place', () => {
  it.concurrent.each(MUTANTS)('fails and names the event: $name', { timeout: BOOT_MS }, async (mutant) => {
    const server = await seedWith(mutant.name, mutant.change);
    const ran = await run(mutant.name, [mutant.scenario, '--server', server]);
    const result = only(ran);
    expect({ status: ran.status, outcome: result.outcome }).toEqual({ status: 1, outcome: 'failed' });
    const failure = result.failures.find(({ rule, step }) => rule === mutant.rule && mutant.step.test(step));
    expect(failure, JSON.stringify(result.failures, null, 2)).toBeDefined();
    expect(failure?.message).toMatch(mutant.says);
    expect(failure?.event?.frames.length).toBeGreaterThan(0);
    expect(Object.keys(result.artifacts)).toEqual(
      expect.arrayContaining(['capture', 'console', 'screenshot']),
    );
    expect(ran.out).toContain(failure?.step);
  });

  it.concurrent('fails and names the event: a DNS name nobody knows', { timeout: BOOT_MS }, async () => {
    const original = await readFile(join(ROOT, 'scenarios', 'seed', 'bios-ipxe-to-pxelinux.yaml'), 'utf8');
    const scenario = join(folder, 'name-unknown.yaml');
    await writeFile(
      scenario,
      original.replace(/^servers:.*$/m, 'servers: [seed]\nnames: { pxe.example.com: unknown }'),
    );
    const ran = await run('name-unknown', [scenario]);
    const result = only(ran);
    expect({ status: ran.status, outcome: result.outcome }).toEqual({ status: 1, outcome: 'failed' });
    expect(result.failures[0]).toMatchObject({
      rule: 'expect',
      step: expect.stringContaining('dns: pxe.example.com'),
    });
    expect(result.failures[0]?.message).toContain('NXDOMAIN');
  });
});

describe('pxebench run, on a broken bench', () => {
  const SCENARIO = 'seed/bios-ipxe-to-pxelinux';
  /** Runs `command` first, in a mount namespace of the run's own: what it hides is hidden from nothing else. */
  const hiding = (command: string): readonly string[] => [
    'unshare',
    '--mount',
    'sh',
    '-c',
    `${command} && exec "$@"`,
    'sh',
  ];

  it.skipIf(process.getuid?.() !== 0)(
    'ends with status 3 and the remedy where QEMU is missing (needs root to hide it)',
    { timeout: BOOT_MS },
    async () => {
      const hide = hiding('mount --bind /dev/null "$(command -v qemu-system-x86_64)"');
      const ran = await run('no-qemu', [SCENARIO, '--server', 'seed'], hide);
      expect(ran.status).toBe(3);
      expect(ran.err).toContain('qemu-system-x86_64');
      expect(ran.err).toMatch(/remedy:.*make setup/);
    },
  );

  it.skipIf(process.getuid?.() !== 0)(
    'ends with status 3 and the remedy where the firmware file is missing (needs root to hide it)',
    { timeout: BOOT_MS },
    async () => {
      const hide = hiding('mount -t tmpfs none /usr/share/OVMF');
      const ran = await run('no-ovmf', ['seed/dumb-uefi-to-boot2', '--server', 'seed'], hide);
      expect(ran.status).toBe(3);
      expect(ran.err).toContain('OVMF_CODE');
      expect(ran.err).toMatch(/remedy:.*make setup/);
    },
  );

  it('ends with status 3 and the remedy where a port in the lab is taken', { timeout: BOOT_MS }, async () => {
    const again = '- run: [dnsmasq, --no-daemon, --conf-file=dnsmasq.conf]\n      ready: { udp: 67 }\n    ';
    const server = await seedWith(
      'port-taken',
      edit('server.yaml', '- run: [apache2', `${again}- run: [apache2`),
    );
    const ran = await run('port-taken', [SCENARIO, '--server', server]);
    expect(ran.status).toBe(3);
    expect(only(ran)).toMatchObject({ outcome: 'error', problem: { hint: expect.stringContaining('port') } });
    expect(ran.out).toContain('in use');
  });
});
