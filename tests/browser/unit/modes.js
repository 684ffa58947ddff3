// Which of its states the page is in, how it reads times, and what stands in its texts.

import assert from 'node:assert/strict';
import { describe as suite, it } from 'node:test';

import { module } from '../modules.js';

const { modeOf, overtaken } = await module('mode.js');
const { ago, clock, hour } = await module('time.js');
const { texts } = await module('texts.js');
const { idps } = await module('idps.js');

const view = (more) => ({ role: 'owner', enabled: true, sso: { type: 'oidc' }, endpoint_url: 'u', token_created_at: '2026-01-01T00:00:00.000Z', ...more });
const fresh = { endpoint_url: 'u', token: 's', token_created_at: '2026-01-01T00:00:00.000Z' };

suite('the state', () => {
  const cases = [
    ['loading', { view: null }],
    ['unreachable', { view: null, trouble: { status: 503 } }],
    ['signed-out', { view: view(), trouble: { status: 401 }, fresh }],
    ['stranger', { view: view(), trouble: { status: 403 }, fresh }],
    ['not-found', { view: view(), trouble: { status: 404 } }],
    ['member', { view: view({ role: 'admin' }), fresh }],
    ['fresh', { view: view(), fresh }],
    ['on', { view: view() }],
    ['on', { view: view(), trouble: { status: 503 } }],
    ['off', { view: view({ enabled: false }), fresh }],
    ['no-sso', { view: view({ enabled: false, sso: { type: 'none' } }) }],
  ];
  for (const [mode, page] of cases) {
    it(`is ${mode} for ${JSON.stringify(page).slice(0, 60)}`, () => assert.equal(modeOf(page), mode));
  }
});

suite('a token that is shown', () => {
  it('stays while it is the present one', () => {
    const still = (more) => overtaken({ fresh, view: view(), trouble: null, ...more });
    assert.equal(still({}), null);
    assert.equal(still({ fresh: null }), null);
    assert.equal(still({ trouble: { status: 503 } }), null);
    // An answer that is older than the token says nothing about it.
    assert.equal(still({ view: view({ token_created_at: '2025-12-31T23:59:59.999Z' }) }), null);
  });

  it('goes once there is another one, none, or somebody else owns the team', () => {
    const why = (more) => overtaken({ fresh, view: view(more), trouble: null });
    assert.equal(why({ token_created_at: '2026-01-01T00:00:00.001Z' }), 'rotated');
    assert.equal(why({ endpoint_url: 'other' }), 'rotated');
    assert.equal(why({ enabled: false }), 'disabled');
    assert.equal(why({ role: 'member' }), 'owner');
  });
});

suite('times', () => {
  it('are as long ago as they are, in the largest unit that fits', () => {
    const before = (ms) => ago(new Date(Date.now() - ms).toISOString());
    assert.equal(before(0), 'now');
    assert.equal(before(65000), '1 minute ago');
    assert.equal(before(3 * 3600000 + 1000), '3 hours ago');
    assert.equal(before(49 * 3600000), '2 days ago');
  });

  it('are never said to lie ahead, also where two clocks differ', () => {
    assert.equal(ago(new Date(Date.now() + 60000).toISOString()), 'now');
  });

  it('say day and time, and the hour with two digits', () => {
    assert.match(clock('2026-03-29T04:05:06.000Z'), /2026/);
    assert.match(hour(Date.parse('2026-03-29T04:00:00.000Z')), /^\d\d:\d\d$/);
  });
});

suite('the texts', () => {
  const all = (value, path = '') => Object.entries(value).flatMap(([name, each]) => (
    each && typeof each === 'object' ? all(each, `${path}${name}.`) : [[`${path}${name}`, each]]));

  it('are texts, or make one of what they are given, and none is empty', () => {
    for (const [name, text] of all(texts)) {
      assert.ok(typeof text === 'function' || (typeof text === 'string' && text.trim()), name);
    }
  });

  it('tell one from many', () => {
    assert.match(texts.activity.exported(1), /1 event\b/);
    assert.match(texts.activity.exported(1200), /1,200 events/);
    assert.match(texts.scim.disableLines(1).join(' '), /1 person\b/);
  });

  it('say for each problem what can be done', () => {
    for (const code of ['offline', 'lost', 'unauthenticated', 'not_owner', 'cross_origin', 'sso_required', 'scim_enabled', 'scim_disabled', 'importing', 'unavailable', 'internal', 'never_heard_of']) {
      const text = texts.whatToDo(500, code, 'detail');
      assert.match(text, /again|Ask|Set it up|rotate|try|SCIM is off already/, code);
      assert.match(text, /\.$/, code);
    }
    assert.match(texts.whatToDo(429), /Wait/);
    assert.match(texts.whatToDo(418, 'never_heard_of', 'no coffee'), /no coffee/);
  });
});

suite('each identity provider', () => {
  for (const { id, name, steps, fields, note } of idps) {
    it(`${name} has steps, and fields for both values`, () => {
      assert.match(id, /^[a-z]+$/);
      assert.ok(steps.length >= 3 && steps.every((step) => /[.)]$/.test(step)));
      assert.ok(note.endsWith('.'));
      for (const value of ['{url}', '{token}']) assert.equal(fields.filter(([, text]) => text === value).length, 1, value);
    });
  }

  it('has a page in docs/idp, and each of those pages is for one that can be chosen', async () => {
    const { readdirSync } = await import('node:fs');
    const pages = readdirSync(new URL('../../../docs/idp/', import.meta.url)).filter((name) => name !== 'README.md').map((name) => name.replace('.md', ''));
    assert.deepEqual(idps.map(({ id }) => id).sort(), pages.filter((page) => page.length).sort());
  });
});
