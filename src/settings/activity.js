// The section "Activity": the chart, and the event log as a table that keeps itself up to date.

import { ask } from './api.js';
import { chart } from './chart.js';
import { button, h, put, say, section } from './dom.js';
import { csv, describe, matches, merge } from './events.js';
import { modeOf } from './mode.js';
import { texts } from './texts.js';
import { clock, moment } from './time.js';

const t = texts.activity;
const PAGE = 200;
const ROWS = 100;
const DAY = 86400000;

/** Loads what is new since the last time; at first, what happened in the last 24 hours. */
export async function loadNew(page) {
  const path = `/v1/teams/${page.team}/events?limit=${PAGE}`;
  const known = page.events[0]?.n ?? 0;
  const fresh = [];
  let before = '';
  for (;;) {
    const { events, next } = await ask('GET', `${path}${known ? `&after=${known}` : ''}${before}`);
    fresh.push(...events);
    const old = !known && events.length > 0 && Date.parse(events.at(-1).at) < Date.now() - DAY;
    if (!next || old) break;
    before = `&before=${next}`;
    if (!known) {
      // A day may be long: what is here already is shown.
      page.events = merge(page.events, fresh);
      page.show();
    }
  }
  if (known && fresh.length) say(t.arrived(fresh.length));
  page.events = merge(page.events, fresh);
  page.loaded = true;
}

async function loadOlder(page) {
  const oldest = page.events.at(-1)?.n ?? 1;
  if (oldest <= 1) return;
  const { events } = await ask('GET', `/v1/teams/${page.team}/events?limit=${PAGE}&before=${oldest}`);
  page.events = merge(page.events, events);
  page.oldest = events.length < PAGE;
  page.show();
}

function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

function line(row) {
  return h('tr', { 'data-n': row.n, class: row.refused ? 'refused' : null },
    h('td', {}, h('time', { datetime: row.at, title: clock(row.at) }, moment(row.at))),
    h('td', {}, row.who), h('td', {}, row.what), h('th', { scope: 'row' }, row.whom),
    h('td', {}, h('span', { class: row.refused ? 'bad' : 'good' }, `${row.refused ? '✗' : '✓'} ${row.outcome}`),
      row.reason ? h('span', { class: 'hint block' }, row.reason) : null));
}

export const activity = section('activity', t.title, (page) => (page.view && page.view.role === 'owner' && !['signed-out', 'stranger', 'not-found'].includes(modeOf(page)) ? 'on' : null), (page) => {
  const graph = chart();
  const body = h('tbody');
  const state = h('p', { class: 'hint', id: 'activity-state' });
  const trouble = h('p', { class: 'trouble', role: 'alert', hidden: true });
  let rows = ROWS;
  let drawn = '';
  const person = h('input', { type: 'search', id: 'person', autocomplete: 'off', placeholder: t.personHint, oninput: () => draw(true) });
  const outcome = h('select', { id: 'outcome', onchange: () => draw(true) },
    h('option', { value: '' }, t.any), h('option', { value: 'done' }, t.outcomes.done), h('option', { value: 'refused' }, t.outcomes.refused));
  const found = () => page.events.map((event) => describe(event, t)).filter((row) => matches(row, person.value, outcome.value));
  const save = h('button', {
    type: 'button',
    onclick: () => {
      const all = found();
      download(t.fileName(page.team, new Date().toISOString().slice(0, 10)), csv(all, t.csvColumns));
      say(t.exported(all.length));
    },
  }, t.export);
  const more = h('button', { type: 'button', hidden: true, onclick: () => { rows += ROWS; draw(true); } }, t.more);
  const older = button(t.older, async () => {
    trouble.hidden = true;
    try {
      await loadOlder(page);
    } catch (error) {
      trouble.textContent = error.message;
      trouble.hidden = false;
    }
  }, { hidden: true });

  function draw(anew) {
    const oldest = page.events.at(-1)?.n ?? 1;
    const now = [page.events.length, page.events[0]?.n, oldest, page.loaded, page.oldest].join();
    if (!anew && now === drawn) return;
    drawn = now;
    const all = found();
    const wanted = all.slice(0, rows);
    // Rows that stay are left alone, so that nobody's selection or place is lost.
    const present = new Map([...body.children].map((node) => [node.dataset.n, node]));
    const next = wanted.map((row) => present.get(String(row.n)) ?? line(row));
    const kept = new Set(next);
    for (const node of [...body.children]) if (!kept.has(node)) node.remove();
    next.forEach((node, index) => { if (body.children[index] !== node) body.insertBefore(node, body.children[index] ?? null); });
    const empty = page.events.length ? t.noMatch : t.none;
    put(state, !page.loaded ? t.loading : wanted.length ? t.shown(wanted.length, page.events.length, page.view.newest_event) : empty);
    more.hidden = all.length <= rows;
    older.hidden = !page.loaded || page.oldest || oldest <= 1;
  }
  return {
    nodes: [graph.node, h('p', { class: 'hint' }, t.live),
      h('div', { class: 'row filters' },
        h('div', { class: 'field' }, h('label', { for: 'person' }, t.person), person),
        h('div', { class: 'field' }, h('label', { for: 'outcome' }, t.outcome), outcome), save),
      state,
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t.caption },
        h('table', { class: 'events' }, h('caption', { class: 'unseen' }, t.caption),
          h('thead', {}, h('tr', {}, t.columns.map((column) => h('th', { scope: 'col' }, column)))), body)),
      trouble, h('div', { class: 'row' }, more, older)],
    refresh: () => {
      graph.draw(page.events);
      draw(false);
    },
  };
});
