/** Dates of changelogs and Release files: RFC 5322, section 3.3, with a numeric zone or `UTC`. */
import { quote, UserError } from '../errors.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const DATE = /^(?:([A-Za-z]+), *)?(\d{1,2}) +([A-Za-z]+) +(\d{4}) +(\d{1,2}):(\d\d):(\d\d) +([-+])(\d\d)(\d\d)$/;

/** `seconds` since the epoch as `Mon, 02 Jan 2006 15:04:05 +0000`, always in UTC: the same on every machine. */
export function formatDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

/**
 * Reads a date strictly: names in English, a day that its month has, a numeric zone (or `UTC`, `GMT`, `Z`, which
 * Release files carry). The day of the week may be missing and is not compared with the date: dpkg does not either.
 *
 * @returns seconds since the epoch.
 * @throws UserError naming `where`.
 */
export function parseDate(text: string, where: string): number {
  const wrong = (): UserError =>
    new UserError({
      what: 'not a date',
      where,
      found: quote(text),
      expected: 'a date such as "Mon, 02 Jan 2006 15:04:05 +0000" (date -R)',
    });
  const match = DATE.exec(text.trim().replace(/ (?:UTC|GMT|Z)$/, ' +0000'));
  if (match === null) throw wrong();
  const [, weekDay, day, monthName = '', year, hours, minutes, seconds, sign, zoneHours, zoneMinutes] = match;
  const month = MONTHS.indexOf(monthName);
  const date = new Date(0);
  date.setUTCFullYear(Number(year), month, Number(day));
  const legal =
    month !== -1 &&
    (weekDay === undefined || DAYS.includes(weekDay)) &&
    date.getUTCDate() === Number(day) &&
    Number(hours) <= 23 &&
    Number(minutes) <= 59 &&
    Number(seconds) <= 60 &&
    Number(zoneMinutes) <= 59;
  if (!legal) throw wrong();
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -60 : 60);
  return date.getTime() / 1000 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) - offset;
}
