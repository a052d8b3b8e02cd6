import { z } from 'zod';

const argv = z
  .array(z.string())
  .min(1)
  .describe('program and arguments; the working directory is the staged folder');

const ready = z.union([
  z.strictObject({ udp: z.number().int().min(1).max(65535).describe('a UDP port that must be bound') }),
  z.strictObject({ tcp: z.number().int().min(1).max(65535).describe('a TCP port that must listen') }),
  z.strictObject({ log: z.string().min(1).describe('text that must appear in what the process prints') }),
]);

const program = z.strictObject({
  run: argv,
  ready: ready.describe('how it is known that the process serves'),
  'changes-user': z
    .enum(['if-root', 'always'])
    .optional()
    .describe(
      'it becomes another user once it has started. if-root: only where it was started as root, else it serves as who it ' +
        'is (Apache, nginx). always: it ends if it cannot; an ordinary user then needs subordinate ids (tftpd-hpa)',
    ),
});

const environment = z.record(z.string(), z.string()).optional().describe('environment variables');
const mounts = z
  .record(z.string().regex(/^\//, 'wanted an absolute path'), z.string())
  .optional()
  .describe(
    'files and folders of the staged folder, by the absolute path under which the container sees them',
  );
const containerCommand = argv.optional().describe("in place of the image's own command");
const container = z.union([
  z.strictObject({
    image: z.string().min(1).describe("an image of this machine's container engine (docker image ls)"),
    run: containerCommand,
    environment,
    mounts,
  }),
  z.strictObject({
    build: z
      .string()
      .min(1)
      .describe('folder below the staged one with a Dockerfile; nothing can be pulled: FROM scratch'),
    run: containerCommand,
    environment,
    mounts,
  }),
]);

const containerEntry = z.strictObject({
  container: container.describe(
    "a container on the network of the lab's host; it sees the staged folder where processes do, under /run/lab/server",
  ),
  ready: ready.describe('how it is known that the container serves'),
});

const processEntry = z.union([program, containerEntry]);

const packagedFile = z.strictObject({
  from: z
    .string()
    .regex(/^\//, 'wanted an absolute path')
    .describe(
      'absolute path as the Debian package has it; * stands for a version; a folder is linked, a file copied',
    ),
  package: z.string().describe('Debian package that has it'),
});

const variant = z.strictObject({
  about: z.string().describe('what is different, and why one would want it'),
  replace: z
    .record(z.string(), z.string())
    .describe('file of the staged folder, and the file of this folder that takes its place'),
});

/** servers/<id>/server.yaml: how to start a server under test, and what it needs of the machine. */
export const serverFileSchema = z.strictObject({
  title: z.string().min(1).describe('what this server is, in a few words'),
  hosts: z
    .record(z.string(), z.array(processEntry).min(1))
    .describe("processes by the lab's host they run on"),
  needs: z
    .record(z.string(), z.string())
    .optional()
    .describe('commands, each with the Debian package that has it'),
  files: z
    .record(z.string(), packagedFile)
    .optional()
    .describe('files of packages, by their place in the staged folder'),
  prepare: z
    .array(argv)
    .optional()
    .describe(
      'commands that make further files in the staged folder, one after the other, before anything is started',
    ),
  root: z
    .string()
    .optional()
    .describe('document root below this folder, where a scenario puts files of its own'),
  variants: z
    .record(z.string(), variant)
    .optional()
    .describe('other configurations, for scenarios that ask for them'),
});

export type ServerFile = z.infer<typeof serverFileSchema>;
export type ProgramEntry = z.infer<typeof program>;
export type ContainerEntry = z.infer<typeof container>;
export type ReadyCondition = z.infer<typeof ready>;
