// What happened in the last 24 hours: a row of bars for each kind, told apart by its name, and the same as a table.

import { h, put, svg } from './dom.js';
import { buckets } from './events.js';
import { texts } from './texts.js';
import { hour } from './time.js';

const t = texts.chart;
const HEIGHT = 40;
const KINDS = Object.keys(t.series);

export function chart() {
  const rows = h('div', { class: 'chart' });
  const body = h('tbody');
  const table = h('details', {}, h('summary', {}, t.asTable),
    h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t.caption },
      h('table', {}, h('caption', {}, t.caption),
        h('thead', {}, h('tr', {}, [t.hour, ...KINDS.map((kind) => t.series[kind])].map((text) => h('th', { scope: 'col' }, text)))),
        body)));
  let drawn = '';

  const bars = (kind, hours, most) => {
    const total = hours.reduce((sum, each) => sum + each[kind], 0);
    const picture = svg('svg', {
      viewBox: `0 0 240 ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img',
      'aria-label': t.summary(t.series[kind], total), class: kind,
    }, hours.map((each, index) => {
      const high = each[kind] && Math.max(3, (each[kind] / most) * HEIGHT);
      return svg('rect', { x: index * 10 + 1, y: HEIGHT - high, width: 8, height: high },
        svg('title', {}, t.bar(hour(each.start), each[kind])));
    }));
    return h('div', { class: 'bars' },
      h('p', {}, h('span', {}, t.series[kind]), h('strong', {}, total.toLocaleString(texts.language))), picture);
  };

  const draw = (events) => {
    const hours = buckets(events, Date.now());
    const next = JSON.stringify(hours);
    if (next === drawn) return;
    drawn = next;
    const most = Math.max(1, ...hours.flatMap((each) => KINDS.map((kind) => each[kind])));
    rows.replaceChildren(...KINDS.map((kind) => bars(kind, hours, most)),
      h('p', { class: 'axis', 'aria-hidden': 'true' }, [0, 6, 12, 18, 23].map((index) => h('span', {}, hour(hours[index].start)))));
    body.replaceChildren(...hours.map((each) => h('tr', {},
      h('th', { scope: 'row' }, hour(each.start)), KINDS.map((kind) => h('td', { class: 'figure' }, String(each[kind]))))));
  };
  return { node: h('div', { class: 'stack' }, h('h3', {}, t.title), rows, table), draw };
}
