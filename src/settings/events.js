// What is made of events: rows, a file, a chart. Nothing here touches the page.

const HOUR = 3600000;

/** Who, what, to whom, and how it ended, in words. */
export function describe(event, texts) {
  const { actor, subject, members } = event;
  const group = subject.group_name ?? subject.group_id;
  let whom = subject.email ?? group ?? subject.user_id ?? texts.theTeam;
  if (members && (members.added || members.removed)) whom += ` (+${members.added} −${members.removed})`;
  let who = texts.actors[actor.kind] ?? actor.kind;
  if (actor.email) who = actor.email;
  if (actor.on_behalf_of) who = texts.onBehalfOf(who, actor.on_behalf_of);
  return {
    n: event.n,
    at: event.at,
    who,
    what: texts.actions[event.action] ?? event.action,
    whom,
    refused: event.outcome === 'refused',
    outcome: texts.outcomes[event.outcome] ?? event.outcome,
    reason: event.reason ? texts.reasons[event.reason] ?? sentence(event.reason) : '',
  };
}

/** A text as a sentence. */
export const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** Whether an event is about somebody, and ended like this. Empty: any. */
export function matches(row, person, outcome) {
  const wanted = person.trim().toLowerCase();
  if (outcome && (outcome === 'refused') !== row.refused) return false;
  return !wanted || row.whom.toLowerCase().includes(wanted) || row.who.toLowerCase().includes(wanted);
}

/** A cell of a file that spreadsheets open. What they would take for a formula is made a text. */
export function cell(value) {
  const text = String(value);
  const tame = /^[\s]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  return `"${tame.replaceAll('"', '""')}"`;
}

/** Rows as comma-separated values (RFC 4180), with a mark by which spreadsheets know the encoding. */
export function csv(rows, columns) {
  const line = (values) => values.map(cell).join(',');
  const lines = rows.map((row) => line([row.n, row.at, row.who, row.what, row.whom, row.outcome, row.reason]));
  return `\ufeff${[line(columns), ...lines].join('\r\n')}\r\n`;
}

const SERIES = {
  'user.create': 'created',
  'user.reactivate': 'created',
  'user.deactivate': 'deactivated',
  'user.delete': 'deactivated',
};

/** What happened in each of the last 24 hours, the present one last. */
export function buckets(events, now) {
  const last = new Date(now).setMinutes(0, 0, 0);
  const hours = Array.from({ length: 24 }, (_, index) => ({
    start: last - (23 - index) * HOUR, created: 0, deactivated: 0, refused: 0,
  }));
  for (const event of events) {
    const hour = hours[Math.floor((Date.parse(event.at) - hours[0].start) / HOUR)];
    if (!hour) continue;
    if (event.outcome === 'refused') hour.refused += 1;
    else if (SERIES[event.action]) hour[SERIES[event.action]] += 1;
  }
  return hours;
}

/** How many events were refused in the 24 hours before `now`. */
export const refusedLately = (events, now) =>
  events.filter((event) => event.outcome === 'refused' && Date.parse(event.at) > now - 24 * HOUR).length;

/** Puts newer and older events together, newest first, each once. */
export function merge(known, more) {
  const byNumber = new Map([...known, ...more].map((event) => [event.n, event]));
  return [...byNumber.values()].sort((a, b) => b.n - a.n);
}
