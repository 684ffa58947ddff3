// What is made of events: rows, a file, a chart.

import assert from 'node:assert/strict';
import { describe as suite, it } from 'node:test';

import { parse } from '../csv.js';
import { module } from '../modules.js';

const { buckets, cell, csv, describe, matches, merge, refusedLately, sentence } = await module('events.js');
const { texts } = await module('texts.js');
const t = texts.activity;

const NOW = Date.parse('2026-03-29T14:20:00.000Z');
const HOUR = 3600000;
const event = (more) => ({
  n: 1, at: '2026-03-29T14:10:00.000Z', actor: { kind: 'identity_provider' }, action: 'user.create',
  subject: { email: 'ada@example.com', user_id: '019' }, outcome: 'done', reason: null, members: null, ...more,
});
const at = (hoursAgo, more) => event({ at: new Date(NOW - hoursAgo * HOUR).toISOString(), ...more });

suite('rows', () => {
  it('says who, what, whom and how it ended in words', () => {
    const row = describe(event({}), t);
    assert.deepEqual([row.who, row.what, row.whom, row.outcome, row.refused, row.reason], ['Identity provider', 'Created', 'ada@example.com', 'Done', false, '']);
  });

  it('names the person who acted, and for whom', () => {
    assert.equal(describe(event({ actor: { kind: 'person', email: 'o@example.com' } }), t).who, 'o@example.com');
    assert.equal(describe(event({ actor: { kind: 'platform', on_behalf_of: 'o@example.com' } }), t).who, 'The product for o@example.com');
  });

  it('names a group, with how many came and went, and the team where nobody is named', () => {
    const group = event({ action: 'group.update', subject: { group_id: '7', group_name: 'Crew' }, members: { added: 2, removed: 1 } });
    assert.equal(describe(group, t).whom, 'Crew (+2 −1)');
    assert.equal(describe(event({ subject: {} }), t).whom, 'the team');
  });

  it('says in plain words why an owner was not deprovisioned, and any other reason as a sentence', () => {
    const known = 'an owner of the team cannot be deprovisioned; another owner has to take the owner role away first';
    assert.equal(describe(event({ outcome: 'refused', reason: known }), t).reason,
      'An owner cannot be deprovisioned. Another owner has to take the owner role away first.');
    assert.equal(describe(event({ outcome: 'refused', reason: 'that is taken' }), t).reason, 'That is taken.');
    assert.equal(sentence('Is it?'), 'Is it?');
  });

  it('has plain words for each refusal of the log that is always the same', async () => {
    const { readFileSync } = await import('node:fs');
    const unlogged = ['NotFound', 'VersionMismatch', 'NobodyPicked'];
    const messages = ['user', 'group'].flatMap((file) => {
      const source = readFileSync(new URL(`../../../src/provisioning/${file}.rs`, import.meta.url), 'utf8');
      const body = /pub enum (?:User|Group)Refusal \{\n(.*?)\n\}/s.exec(source)[1];
      const variants = [...body.matchAll(/#\[error\(\s*"((?:[^"\\]|\\.)*)"\s*\)\]\s*(\w+)/gs)];
      return variants.filter(([, , name]) => !unlogged.includes(name)).map(([, text]) => text.replace(/\\\n\s*/g, ''));
    }).filter((text) => !text.includes('{'));
    assert.ok(messages.length >= 9, messages.join('\n'));
    assert.deepEqual(messages.filter((text) => !t.reasons[text]), []);
    assert.deepEqual(Object.keys(t.reasons).filter((text) => !messages.includes(text)), []);
  });

  it('shows an action and an outcome that it does not know by their names', () => {
    const row = describe(event({ action: 'user.fly', outcome: 'maybe', actor: { kind: 'robot' } }), t);
    assert.deepEqual([row.what, row.outcome, row.who], ['user.fly', 'maybe', 'robot']);
  });

  it('has a word for each action of the event log', async () => {
    const { readFileSync } = await import('node:fs');
    const source = readFileSync(new URL('../../../src/provisioning/event.rs', import.meta.url), 'utf8');
    const actions = [...source.matchAll(/ = "([a-z]+\.[a-z]+)",$/gm)].map((match) => match[1]);
    assert.ok(actions.length >= 18, `${actions}`);
    assert.deepEqual(actions.filter((action) => !t.actions[action]), []);
    assert.deepEqual(Object.keys(t.actions).filter((action) => !actions.includes(action)), []);
  });

  it('filters by a part of the person, whatever the case, and by the outcome', () => {
    const row = describe(event({}), t);
    assert.ok(matches(row, ' ADA@', ''));
    assert.ok(matches(row, 'identity', 'done'));
    assert.ok(!matches(row, 'grace', ''));
    assert.ok(!matches(row, '', 'refused'));
    assert.ok(matches({ ...row, refused: true }, '', 'refused'));
    assert.ok(!matches({ ...row, refused: true }, '', 'done'));
  });

  it('puts events together newest first, each once', () => {
    const merged = merge([event({ n: 3 }), event({ n: 1 })], [event({ n: 2 }), event({ n: 3, action: 'user.update' })]);
    assert.deepEqual(merged.map(({ n, action }) => [n, action]), [[3, 'user.update'], [2, 'user.create'], [1, 'user.create']]);
  });
});

suite('the exported file', () => {
  it('is read back as what was written, quotes, commas and line ends included', () => {
    const row = { n: 1, at: 'x', who: 'a "b", c', what: 'd\r\ne', whom: 'f,g', outcome: 'Done', reason: '' };
    const [head, line] = parse(csv([row], t.csvColumns).slice(1));
    assert.deepEqual(head, t.csvColumns);
    assert.deepEqual(line, ['1', 'x', 'a "b", c', 'd\r\ne', 'f,g', 'Done', '']);
  });

  it('begins with the mark of UTF-8', () => {
    assert.equal(csv([], t.csvColumns).charCodeAt(0), 0xfeff);
  });

  it('holds nothing that a spreadsheet would take for a formula', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\n=1', '＝1', '＋1', '－1', '＠1']) {
      assert.equal(parse(`${cell(text)}\r\n`)[0][0], `'${text}`, JSON.stringify(text));
    }
    for (const text of ['a=1', 'ada@example.com', '1', '']) assert.equal(cell(text), `"${text}"`);
  });

  it('cannot be broken out of by a quote', () => {
    assert.deepEqual(parse(`${cell('a","=1+1')}\r\n`), [['a","=1+1']]);
  });
});

suite('the chart', () => {
  it('has the last 24 hours, the present one last', () => {
    const hours = buckets([], NOW);
    assert.equal(hours.length, 24);
    assert.equal(hours[23].start, Date.parse('2026-03-29T14:00:00Z'));
    assert.equal(hours[23].start - hours[0].start, 23 * HOUR);
  });

  it('counts each event in its hour, the first millisecond and the last one too', () => {
    const hours = buckets([
      event({ at: '2026-03-29T13:00:00.000Z' }), event({ at: '2026-03-29T13:59:59.999Z' }), event({ at: '2026-03-29T14:00:00.000Z' }),
    ], NOW);
    assert.deepEqual([hours[22].created, hours[23].created], [2, 1]);
  });

  it('counts who came, who went and what was refused, and nothing else', () => {
    const hours = buckets([
      at(0), at(0, { action: 'user.reactivate' }), at(1, { action: 'user.deactivate' }), at(1, { action: 'user.delete' }),
      at(2, { action: 'user.delete', outcome: 'refused' }), at(3, { action: 'user.update' }), at(3, { action: 'group.delete' }),
    ], NOW);
    const sum = (kind) => hours.reduce((total, hour) => total + hour[kind], 0);
    assert.deepEqual([sum('created'), sum('deactivated'), sum('refused')], [2, 2, 1]);
    assert.equal(hours[21].refused, 1);
  });

  it('leaves out what is older than its first hour, and what has not happened yet', () => {
    const hours = buckets([at(23.5), at(30), at(-1)], NOW);
    assert.equal(hours.reduce((total, hour) => total + hour.created, 0), 0);
    assert.equal(buckets([at(23)], NOW)[0].created, 1);
  });

  it('counts as refused lately what was refused in 24 hours, to the millisecond', () => {
    const refused = { outcome: 'refused' };
    assert.equal(refusedLately([at(0, refused), at(23.9, refused), at(24, refused), at(1)], NOW), 2);
  });
});
