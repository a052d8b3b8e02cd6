import { basename, resolve } from 'node:path';
import type { ReplayScript } from '../client/replay/step.ts';
import {
  captureExtension,
  clientToRecord,
  recordReplay,
  writeCaptureRecording,
} from '../record/capture-recording.ts';
import type { Maker } from '../record/firmware-recording.ts';
import { RecordError } from '../record/record-error.ts';
import { recordingFiles } from '../record/write-recording.ts';
import { scriptsOf } from '../scenario/replay-client.ts';
import { loadScenario } from '../scenario/scenario.ts';
import type { MacAddress } from '../wire/address.ts';
import { kept, namedServer, refuseMissing } from './boot-now.ts';
import { type ExitStatus, type Io, UsageError } from './command.ts';
import { PLACES } from './places.ts';
import { knownNames, nameOf, type RecordValues, readyToWrite, verified } from './recording.ts';
import { leftText } from './replay-text.ts';

/** Keeps a capture from somebody, and replays its client. */
export async function recordCapture(
  path: string,
  values: RecordValues,
  made: Maker,
  io: Io,
): Promise<ExitStatus> {
  for (const option of ['mac', 'uuid', 'give-up'] as const)
    if (values[option] !== undefined)
      throw new UsageError(`--${option}: the capture says it`, `leave --${option} away`);
  const { server, serverName } = await namedServer(values.server, values.variant, io);
  const capture = resolve(io.cwd, path);
  const scripts = await scriptsOf(capture);
  const mac = chosenClient(scripts, values.client, path);
  const extension = captureExtension(capture);
  const name = nameOf(values.name ?? basename(capture, extension));
  const files = recordingFiles(resolve(io.cwd, values.into ?? '.'), name, extension);
  await readyToWrite(Object.values(files), values.force === true, io, capture);
  await refuseMissing(undefined, server, io);
  const order = { capture, mac, server, serverName, variant: values.variant, from: values.from };
  const recorded = await kept(name, server, values.report, io, (report, deps) =>
    recordReplay(order, report, deps),
  );
  await writeCaptureRecording(files, order, recorded, made);
  const scenario = await loadScenario(files.scenario, PLACES.scenarios, await knownNames());
  const status = await verified(
    [{ scenario, server, firmware: undefined }],
    Object.values(files),
    values.report,
    io,
  );
  for (const [what, count] of scripts.find((script) => script.mac === mac)?.left ?? [])
    io.err(`${io.paintErr('yellow', 'note:')} ${leftText({ client: mac, what, count })}\n`);
  return status;
}

function chosenClient(
  scripts: readonly ReplayScript[],
  wanted: string | undefined,
  path: string,
): MacAddress {
  try {
    return clientToRecord(scripts, wanted, path);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    throw new UsageError(error.message, error.hint, error);
  }
}
