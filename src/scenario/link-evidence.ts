import { copyFile } from 'node:fs/promises';
import type { LinkReport } from '../lab/agent/protocol.ts';
import type { LabLink } from '../lab/lab-link.ts';
import type { Lab } from '../lab/start-lab.ts';
import { formatRule } from '../link/link-plan.ts';
import type { LinkResult } from '../report/result.ts';
import type { ReportFiles } from './report-files.ts';

export type LinkEvidence = {
  readonly result: LinkResult;
  /** Frames that no rule lost, and that did not arrive. */
  readonly dropped: number;
  /** The client sent at least one frame, which need not have reached the bridge. */
  readonly heardClient: boolean;
};

/** Ends a link; keeps what the client's end saw, and what was done. */
export async function keepLink(
  link: LabLink | undefined,
  lab: Lab,
  report: ReportFiles,
): Promise<LinkEvidence | undefined> {
  if (link === undefined) return undefined;
  const ended = await link.stop();
  await copyFile(lab.pathOf(link.capture), report.path('clientCapture', 'client.pcapng'));
  const result = linkResult(link, ended);
  await report.write('linkLog', 'link.txt', linkLog(result, ended));
  return { result, dropped: ended.dropped, heardClient: ended.fromClient > 0 };
}

/** The plan, and how many frames each rule of it acted on. */
export function linkResult({ plan }: LabLink, { acted }: LinkReport): LinkResult {
  const { seed, rules } = plan;
  return { seed, rules: rules.map((rule, at) => ({ text: formatRule(rule), acted: acted[at] ?? 0 })) };
}

function linkLog({ seed, rules }: LinkResult, { deeds, acted }: LinkReport): string {
  const all = acted.reduce((sum, count) => sum + count, 0);
  const lines = [
    `link plan, seed ${seed}`,
    ...rules.map(({ text, acted: times }, at) => `rule ${at + 1}: ${text}: acted on ${times} frames`),
    '',
    'seconds from power-on, rule, from where, frame:',
    ...deeds.map(
      ({ seconds, rule, from, frame }) =>
        `${seconds.toFixed(3).padStart(10)}  ${rule + 1}  ${from.padEnd(7)}  ${frame}`,
    ),
    ...(all > deeds.length ? [`and ${all - deeds.length} more`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
