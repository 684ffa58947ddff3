// The section "Activity": the log that follows by itself, its filters, its file, its chart.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe as suite, it } from 'node:test';
import { promisify } from 'node:util';

import { button, enable, part, Person, putAway, rotate } from './chromium.js';
import { parse } from './csv.js';
import { edge, Team } from './edge.js';
import { livedIn } from './scenes.js';
import { pause, until } from './waiting.js';

const run = promisify(execFile);
const rows = (page) => part(page, 'activity').locator('.events tbody tr');
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Notes when the first row about each person is there. */
const note = (page) => page.evaluate(() => {
  window.appeared = {};
  const look = () => {
    for (const row of document.querySelectorAll('.events tbody tr')) {
      window.appeared[row.querySelector('th').textContent] ??= { shown: Date.now(), at: Date.parse(row.querySelector('time').dateTime) };
    }
  };
  look();
  new MutationObserver(look).observe(document.querySelector('.events tbody'), { childList: true });
});

suite('activity', () => {
  it('shows a person within a second of the printed curl with the new token, without reload', async (t) => {
    const { printed, scim_token: old } = edge();
    const page = await (await Person.arrive(t)).open(new Team('demo', 'Demo'));
    const { token } = await rotate(page);
    await putAway(page);
    await note(page);
    const line = printed.split('\n').find((each) => each.startsWith('curl -i -X POST')).replace(old, token);
    await page.evaluate(() => { window.sameDocument = true; });
    const waits = [];
    for (const who of ['member', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']) {
      const { stdout } = await run('sh', ['-c', line.replaceAll('member@', `${who}@`)]);
      const answered = Date.now();
      assert.match(stdout, /^HTTP\/1\.1 201 /);
      const { shown } = await until(`${who} appears`, () => page.evaluate((name) => window.appeared[name], `${who}@example.com`));
      waits.push(Math.max(0, shown - answered));
      // So that the next one does not fall on the same moment between two looks.
      await pause(130 * waits.length);
    }
    assert.ok(await page.evaluate(() => window.sameDocument));
    t.diagnostic(`a person appears ${median(waits)} ms after the answer to curl (median of ${waits.length}; ${Math.min(...waits)} to ${Math.max(...waits)} ms)`);
    assert.ok(median(waits) < 1000, `${waits}`);
  });

  it('asks often enough for that, and not more often', async (t) => {
    const page = await (await Person.arrive(t)).open(await Team.make({ enabled: true }));
    await pause(6000);
    const pauses = await page.evaluate(() => {
      const asked = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/')).sort((a, b) => a.startTime - b.startTime);
      return asked.slice(1).map((each, index) => each.startTime - asked[index].responseEnd);
    });
    assert.ok(pauses.length >= 3, `${pauses}`);
    t.diagnostic(`the page waits ${Math.round(median(pauses))} ms between an answer and its next question (median of ${pauses.length})`);
    assert.ok(median(pauses) >= 300 && median(pauses) <= 800, `${pauses}`);
  });

  it('asks nothing while nobody looks, and at once when somebody does again', async (t) => {
    const person = await Person.arrive(t);
    const page = await person.open(await Team.make({ enabled: true }));
    const look = (hidden) => page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    await look(true);
    await pause(1500);
    const before = person.requests.length;
    await pause(2500);
    assert.equal(person.requests.length, before);
    await look(false);
    await until('a question', () => person.requests.length > before);
  });

  it('asks only for what is new', async (t) => {
    const team = await Team.make({ enabled: true });
    const person = await Person.arrive(t);
    const page = await person.open(team);
    const newest = (await team.events())[0].n;
    await until('all rows', async () => await rows(page).count() === newest);
    await team.create('ada@example.com');
    await rows(page).nth(newest).waitFor();
    const asked = person.requests.map((request) => new URL(request.url())).filter(({ pathname }) => pathname.endsWith('/events'));
    assert.equal(asked.length, 2);
    assert.equal(asked[1].searchParams.get('after'), String(newest));
  });

  it('a row that is there stays what it is when others come, so that a selection is kept', async (t) => {
    const team = await Team.make({ enabled: true });
    const page = await (await Person.arrive(t)).open(team);
    await rows(page).first().waitFor();
    await page.evaluate(() => getSelection().selectAllChildren(document.querySelector('.events tbody tr th')));
    const selected = await page.evaluate(() => String(getSelection()));
    await team.create('ada@example.com');
    await rows(page).getByText('ada@example.com').waitFor();
    assert.equal(await page.evaluate(() => String(getSelection())), selected);
  });

  it('is filtered by a part of a person’s address, whatever its case', async (t) => {
    const page = await (await Person.arrive(t)).open(await livedIn());
    await rows(page).nth(10).waitFor({ state: 'attached' });
    await page.getByLabel('Person or group').fill('LOVELACE');
    await until('only her', async () => await rows(page).count() === 3);
    const whom = await rows(page).locator('th').allTextContents();
    assert.deepEqual(new Set(whom), new Set(['ada.lovelace@example.com']));
    await page.getByLabel('Person or group').fill('nobody');
    await page.getByText('None of the loaded events matches.').waitFor();
    await page.getByLabel('Person or group').fill('');
    await rows(page).nth(10).waitFor({ state: 'attached' });
  });

  it('is filtered by outcome, and a filter holds for what comes later', async (t) => {
    const team = await Team.make({ enabled: true });
    const page = await (await Person.arrive(t)).open(team);
    await page.getByLabel('Outcome').selectOption('Refused');
    await page.getByText('None of the loaded events matches.').waitFor();
    await team.create('ada@example.com');
    await team.create('eve@elsewhere.example');
    await rows(page).first().waitFor();
    assert.deepEqual(await rows(page).locator('th').allTextContents(), ['eve@elsewhere.example']);
    await page.getByLabel('Outcome').selectOption('Done');
    await until('those that were done', async () => (await rows(page).locator('th').allTextContents()).includes('ada@example.com'));
    assert.equal(await part(page, 'activity').locator('tr.refused').count(), 0);
  });

  it('says in plain words why the owner was not deprovisioned', async (t) => {
    const team = await Team.make({ enabled: true });
    assert.equal((await team.refusedDeactivation()).status, 403);
    const page = await (await Person.arrive(t)).open(team);
    const row = part(page, 'activity').locator('tr.refused');
    await row.getByText('An owner cannot be deprovisioned. Another owner has to take the owner role away first.').waitFor();
    assert.match(await row.textContent(), /Identity provider.*Deactivated.*owner@example\.com/);
  });

  it('the exported file has every event that is shown, parses, and holds no formula', async (t) => {
    const team = await Team.make({ enabled: true });
    for (const name of ['=HYPERLINK("http://evil.example","x")', '+1', '-1', '@SUM(1)', 'plain, "quoted"', '\tTab']) await team.group(name);
    await team.create('=cmd@example.com');
    await team.refusedDeactivation();
    const page = await (await Person.arrive(t)).open(team);
    const events = await team.events();
    await until('all rows', async () => await rows(page).count() === events.length);
    const coming = page.waitForEvent('download');
    await button(part(page, 'activity'), 'Export as CSV').click();
    const download = await coming;
    assert.match(download.suggestedFilename(), new RegExp(`^activity-${team.id}-\\d{4}-\\d\\d-\\d\\d\\.csv$`));
    const text = readFileSync(await download.path(), 'utf8');
    assert.equal(text.charCodeAt(0), 0xfeff);
    const [head, ...lines] = parse(text.slice(1));
    assert.deepEqual(head, ['number', 'time', 'who', 'what', 'person or group', 'outcome', 'reason']);
    assert.deepEqual(lines.map(([n, at]) => [Number(n), at]), events.map(({ n, at }) => [n, at]));
    for (const value of lines.flat()) assert.doesNotMatch(value, /^\s*[=+@-]/);
    const whom = lines.map((line) => line[4]);
    assert.ok(whom.includes('\'=HYPERLINK("http://evil.example","x")'));
    assert.ok(whom.includes('plain, "quoted"'));
    assert.ok(lines.some((line) => line[5] === 'Refused' && line[6].startsWith('An owner cannot')));
  });

  it('the exported file has only what the filter lets through', async (t) => {
    const page = await (await Person.arrive(t)).open(await livedIn());
    await rows(page).nth(10).waitFor({ state: 'attached' });
    await page.getByLabel('Outcome').selectOption('Refused');
    const coming = page.waitForEvent('download');
    await button(part(page, 'activity'), 'Export as CSV').click();
    const lines = parse(readFileSync(await (await coming).path(), 'utf8').slice(1)).slice(1);
    assert.equal(lines.length, await rows(page).count());
    assert.deepEqual(new Set(lines.map((line) => line[5])), new Set(['Refused']));
  });

  it('the chart has the numbers of the log, each in its hour, and says them as text too', async (t) => {
    const team = await livedIn();
    const page = await (await Person.arrive(t)).open(team);
    await rows(page).nth(10).waitFor({ state: 'attached' });
    await page.getByText('Show as a table').click();
    const kinds = { created: ['user.create', 'user.reactivate'], deactivated: ['user.deactivate', 'user.delete'], refused: [] };
    const events = await team.events();
    const table = await page.locator('.stack details tbody tr').evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
    assert.equal(table.length, 24);
    let column = 0;
    for (const [kind, actions] of Object.entries(kinds)) {
      column += 1;
      const counted = new Map();
      for (const event of events) {
        const refused = event.outcome === 'refused';
        if (refused ? kind !== 'refused' : !actions.includes(event.action)) continue;
        const hour = `${event.at.slice(11, 13)}:00`;
        counted.set(hour, (counted.get(hour) ?? 0) + 1);
      }
      assert.ok(counted.size >= 1, kind);
      for (const cells of table) assert.equal(Number(cells[column]), counted.get(cells[0]) ?? 0, `${kind} at ${cells[0]}`);
      const total = [...counted.values()].reduce((sum, each) => sum + each, 0);
      assert.match(await page.locator(`.chart svg.${kind}`).getAttribute('aria-label'), new RegExp(`: ${total} in the last 24 hours$`));
      assert.equal(await page.locator(`.chart svg.${kind} rect`).count(), 24);
      assert.equal(await page.locator(`.chart svg.${kind} rect:not([height="0"])`).count(), counted.size);
    }
  });

  it('on a wide screen the log is seen whole, without scrolling sideways', async (t) => {
    const page = await (await Person.arrive(t)).open(await livedIn());
    await rows(page).nth(10).waitFor({ state: 'attached' });
    const [wide, seen] = await page.locator('.scroll:has(.events)').evaluate((node) => [node.scrollWidth, node.clientWidth]);
    assert.equal(wide, seen);
    const lines = await rows(page).locator('th').evaluateAll((all) => all.filter((node) => node.textContent.length <= 27).map((node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return range.getClientRects().length;
    }));
    assert.deepEqual(new Set(lines), new Set([1]), 'and addresses of a usual length are not broken');
  });

  it('of a long log all of the day is loaded, and what is older when asked for', async (t) => {
    const team = await Team.make({ enabled: true });
    for (let n = 0; n < 25; n += 1) {
      await Promise.all(Array.from({ length: 18 }, (_, index) => team.create(`person-${n}-${index}@example.com`)));
    }
    // The newest 230 of them today.
    await team.shiftHistory((index, count) => Date.now() - (count - index <= 230 ? 1000 * (count - index) : 30 * 3600000 + 1000 * (count - index)));
    const events = await team.events();
    const page = await (await Person.arrive(t)).open(team);
    const activity = part(page, 'activity');
    await activity.getByText(/100 shown, [\d,]+ of [\d,]+ events loaded/).waitFor();
    await until('the day', async () => / (4|3)\d\d of/.test(await page.locator('#activity-state').textContent()));
    await button(activity, 'Show more').click();
    await until('more rows', async () => await rows(page).count() === 200);
    await button(activity, 'Load older events').click();
    await until('all', async () => (await page.locator('#activity-state').textContent()).includes(`${events.length} of ${events.length}`));
    await page.getByLabel('Person or group').fill('person-0-');
    await until('the oldest', async () => await rows(page).count() === 18);
    await button(activity, 'Load older events').waitFor({ state: 'hidden' });
  });
});

suite('test connection', () => {
  it('shows each step with its request, answer, time and result, and leaves nothing', async (t) => {
    const team = await Team.make({ enabled: true });
    await team.create('ada@example.com');
    const before = await team.events();
    const page = await (await Person.arrive(t)).open(team);
    await button(page, 'Run the test').click();
    const steps = part(page, 'trial').locator('tbody tr');
    await steps.nth(8).waitFor();
    const cells = await steps.evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
    assert.deepEqual(cells.map((row) => row[2]), ['401', '200', '200', '201', '200', '200', '200', '204', '404']);
    for (const [name, request, , time, result] of cells) {
      assert.ok(name.includes(' '), name);
      assert.match(request, /^(GET|POST|PATCH|DELETE) \//);
      assert.match(time, /^[\d.]+ ms$/);
      assert.equal(result, '✓ Passed');
    }
    await part(page, 'trial').getByText('All 9 steps passed').waitFor();
    assert.deepEqual(await team.events(), before);
    assert.equal((await team.scim('GET', '/Users?count=0')).body.totalResults, 1);
  });

  it('shows progress while it runs, and which step failed', async (t) => {
    const page = await (await Person.arrive(t)).open(await Team.make({ enabled: true }));
    let go;
    const held = new Promise((resolve) => { go = resolve; });
    await page.route('**/scim/test', async (route) => {
      await held;
      const steps = [
        { step: 'configuration', request: 'GET /ServiceProviderConfig', status: 200, expected: 200, ok: true, ms: 1 },
        { step: 'create', request: 'POST /Users', status: 507, expected: 201, ok: false, ms: 2, detail: 'the store is full' },
      ];
      await route.fulfill({ contentType: 'application/json', body: JSON.stringify({ steps }) });
    });
    await button(page, 'Run the test').click();
    await part(page, 'trial').getByRole('progressbar', { name: 'The test is running' }).waitFor();
    go();
    await part(page, 'trial').getByText('1 step failed').waitFor();
    assert.match(await part(page, 'trial').locator('tbody tr').nth(1).textContent(), /507, expected 201.*✗ Failed.*the store is full/);
  });
});

suite('the guide to identity providers', () => {
  it('fills each one’s fields with the team’s URL, and never with the token', async (t) => {
    const team = await Team.make();
    const page = await (await Person.arrive(t)).open(team);
    const guide = part(page, 'idp');
    const choice = guide.getByLabel('Identity provider', { exact: true });
    const names = await choice.locator('option').allTextContents();
    assert.equal(names.length, 8);
    await guide.getByText('the endpoint URL, which you get by enabling SCIM').waitFor();
    const { url, token } = await enable(page);
    for (const name of names) {
      await choice.selectOption(name);
      await guide.getByText(`Fields: ${name}`).waitFor();
      const filled = await guide.locator('tbody code').allTextContents();
      assert.ok(filled.includes(url), name);
      await guide.getByRole('cell', { name: 'the token that is shown above' }).waitFor();
      assert.ok(!(await guide.innerHTML()).includes(token), name);
      assert.ok(!/\{(url|token)\}/.test(await guide.textContent()), name);
    }
    await putAway(page);
    assert.equal(await choice.locator('option:checked').textContent(), names.at(-1), 'the choice is kept');
    await guide.getByRole('cell', { name: 'the token that you have stored' }).waitFor();
  });

  it('copies the URL from the field that it belongs into', async (t) => {
    const team = await Team.make({ enabled: true });
    const page = await (await Person.arrive(t)).open(team);
    await page.getByLabel('Identity provider', { exact: true }).selectOption('Okta');
    await button(part(page, 'idp'), 'Copy SCIM connector base URL').click();
    await until('the copy', async () => await page.evaluate(() => navigator.clipboard.readText()) === team.connection.endpoint_url);
  });
});
