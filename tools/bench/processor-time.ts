import { readFileSync } from 'node:fs';

/** USER_HZ, which Linux has had at 100 on every architecture since 2.6. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process and its descendants have used, as far as they still run. */
export function processorSeconds(pid: number): number {
  // The name may hold spaces and parentheses: fields are counted behind the last one. proc(5): utime and stime are 14 and 15.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  return children.reduce((sum, child) => sum + processorSeconds(Number(child)), own);
}
