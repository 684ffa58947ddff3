// Times as people read them.

import { texts } from './texts.js';

const relative = new Intl.RelativeTimeFormat(texts.language, { numeric: 'auto' });
const full = new Intl.DateTimeFormat(texts.language, { dateStyle: 'medium', timeStyle: 'medium' });
const short = new Intl.DateTimeFormat(texts.language, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const hours = new Intl.DateTimeFormat(texts.language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const UNITS = [['day', 86400000], ['hour', 3600000], ['minute', 60000], ['second', 1000]];

/** How long ago that was. */
export function ago(stamp) {
  const past = Math.min(0, Date.parse(stamp) - Date.now());
  const [unit, size] = UNITS.find(([, length]) => -past >= length) ?? ['second', 1000];
  return relative.format(Math.trunc(past / size), unit);
}

/** Day and time. */
export const clock = (stamp) => full.format(new Date(stamp));

/** The same, as short as a table needs it. */
export const moment = (stamp) => short.format(new Date(stamp));

/** The hour that begins then. */
export const hour = (time) => hours.format(new Date(time));
