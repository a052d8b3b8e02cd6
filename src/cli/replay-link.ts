import { createReadStream } from 'node:fs';
import { join, parse, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ExchangeResult } from '../client/replay/exchange.ts';
import { ReplayError } from '../client/replay/replay-error.ts';
import { heardNumbers } from '../client/replay/replay-in-lab.ts';
import { loadYamlFile } from '../config/yaml-file.ts';
import type { LabLink } from '../lab/lab-link.ts';
import type { Lab } from '../lab/start-lab.ts';
import { type LinkPlan, linkPlan } from '../link/link-plan.ts';
import { linkPlanSchema } from '../link/link-plan-file.ts';
import type { LinkResult } from '../report/result.ts';
import { linkResult } from '../scenario/link-evidence.ts';
import { type Io, UsageError } from './command.ts';
import { readLinkSeed } from './link-seed.ts';
import { openKept } from './replay-options.ts';

/** The cable that the clients are to hang on, and where its capture goes. */
export type ReplayLink = { readonly plan: LinkPlan; readonly keep: Writable | undefined };

/** What it did. */
export type LinkSaid = {
  readonly result: LinkResult;
  readonly dropped: number;
  /** Of what the clients heard, one after the other: the number in the capture of their end. */
  readonly numbers: readonly number[];
};

/** Throws ConfigError, UsageError. */
export async function readLink(
  {
    link,
    'link-seed': seedText,
    keep,
  }: { readonly link?: string; readonly 'link-seed'?: string; readonly keep?: string },
  io: Pick<Io, 'cwd'>,
): Promise<ReplayLink | undefined> {
  const seed = readLinkSeed(seedText);
  if (link === undefined && seed !== undefined)
    throw new UsageError('--link-seed without --link: there is no link', 'name a plan: --link PLAN');
  if (link === undefined) return undefined;
  const file = await loadYamlFile(resolve(io.cwd, link), linkPlanSchema);
  const plan = linkPlan([file.value], seed);
  if (plan === undefined) return undefined;
  return { plan, keep: keep === undefined ? undefined : await openKept(clientEnd(resolve(io.cwd, keep))) };
}

/** `now.pcapng`: `now.client.pcapng`. */
function clientEnd(path: string): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}.client${ext}`);
}

/** Ends the link, keeps its capture, and says what it did. */
export async function endLink(link: LabLink, lab: Lab, keep: Writable | undefined): Promise<LinkSaid> {
  const ended = await link.stop();
  const path = lab.pathOf(link.capture);
  if (keep !== undefined) await pipeline(createReadStream(path), keep);
  return {
    result: linkResult(link, ended),
    dropped: ended.dropped,
    numbers: await heardNumbers(path),
  };
}

/** With the frames' numbers in the capture of the clients' end in place of their count. */
export function numbered(
  results: readonly ExchangeResult[],
  { numbers }: LinkSaid,
): readonly ExchangeResult[] {
  return results.map((result) => ({
    ...result,
    frames: result.frames.map((heard) => numbers[heard - 1] ?? heard),
  }));
}

/** What was lost although no rule says so, and rules that found nothing, prove nothing. Throws ReplayError. */
export function refuseUnusableLink({ result, dropped }: LinkSaid): void {
  if (dropped > 0) {
    const message = `the link lost ${dropped} frames that no rule says it should: more came than it could take`;
    throw new ReplayError('REPLAY_FRAMES_LOST', message, { hint: 'run it while the machine does less' });
  }
  const idle = result.rules.filter(({ acted }) => acted === 0).map(({ text }) => text);
  if (idle.length === 0) return;
  throw new ReplayError('REPLAY_FAULT_MISSING', `never happened on the link: ${idle.join('; ')}`, {
    hint: '--keep FILE keeps both ends of it: what the rule is about did not come by',
  });
}
