/** HTTP-date: RFC 9110 §5.6.7. */

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';
/** The one that is sent, and the two obsolete ones that every recipient has to read. */
const FORMS = [
  new RegExp(`^${DAY}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^${DAY}[a-z]{3,6}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

/** `Sun, 06 Nov 1994 08:49:37 GMT` of milliseconds since 1970. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** Milliseconds since 1970; undefined for what is no date. `now` is needed for years of two digits. */
export function parseHttpDate(text: string, now: number): number | undefined {
  for (const form of FORMS) {
    const found = form.exec(text)?.groups;
    if (found === undefined) continue;
    const { month = '', day, hour, minute, second } = found;
    const year = found.year?.length === 2 ? fullYear(Number(found.year), now) : Number(found.year);
    const parts = [year, MONTHS.indexOf(month), Number(day), Number(hour), Number(minute)] as const;
    const ms = Date.UTC(...parts, Math.min(Number(second), 59));
    const date = new Date(ms);
    const same = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours()];
    return Number(second) <= 60 && Number(minute) < 60 && same.every((part, at) => part === parts[at])
      ? ms
      : undefined;
  }
  return undefined;
}

/** RFC 9110 §5.6.7: what would be more than 50 years ahead is the past year with the same two last digits. */
function fullYear(lastDigits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + lastDigits;
  return year > thisYear + 50 ? year - 100 : year;
}
