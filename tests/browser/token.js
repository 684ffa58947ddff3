// The token: copied whole, shown once, and nowhere afterwards.

import assert from 'node:assert/strict';
import { describe as suite, it } from 'node:test';

import { button, enable, Person, putAway, rotate, settled } from './chromium.js';
import { edge, Team } from './edge.js';
import { pause, until } from './waiting.js';

/** Everything in which a page may keep something. */
const kept = (page) => page.evaluate(async () => {
  const values = [...document.querySelectorAll('input, textarea, select')].map((field) => field.value);
  const attributes = [...document.querySelectorAll('*')].flatMap((node) => [...node.attributes].map(({ value }) => value));
  return JSON.stringify([
    document.documentElement.outerHTML, document.title, values, attributes, location.href, history.state, document.cookie, window.name,
    { ...localStorage }, { ...sessionStorage }, (await indexedDB.databases()).map(({ name }) => name),
    'caches' in window ? await caches.keys() : [], String(getSelection()),
  ]);
});

async function assertGone(person, page, token) {
  assert.ok(token.length > 20);
  assert.ok(!(await kept(page)).includes(token), 'neither in the page nor in storage');
  assert.ok(!person.console.join('\n').includes(token), 'not on the console');
  assert.ok(!person.spoken.join('\n').includes(token), 'not read aloud');
  for (const request of person.requests) {
    const sent = [request.url(), request.postData() ?? '', JSON.stringify(await request.allHeaders())].join('\n');
    assert.ok(!sent.includes(token), `not sent with ${request.url()}`);
  }
}

/** In how many answers a text stands. */
async function answersWith(person, text) {
  const bodies = await Promise.all(person.answers.map((answer) => answer.text().catch(() => '')));
  return bodies.filter((body) => body.includes(text)).length;
}

suite('the token', () => {
  for (const [what, key] of [['Endpoint URL', 'url'], ['Token', 'token']]) {
    it(`copying the ${what} gives exactly the value, and is said`, async (t) => {
      const person = await Person.arrive(t);
      const page = await person.open(await Team.make());
      const values = await enable(page);
      await button(page.locator('.once'), `Copy ${what}`).click();
      await until('the spoken confirmation', () => person.spoken.some((text) => text.startsWith(`Copied: ${what}`)));
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), values[key]);
      await page.locator('.once').getByText('Copied', { exact: true }).waitFor();
    });
  }

  it('the URL can be copied later too', async (t) => {
    const team = await Team.make({ enabled: true });
    const page = await (await Person.arrive(t)).open(team);
    await button(page.locator('#scim'), 'Copy Endpoint URL').click();
    await until('the copy', async () => await page.evaluate(() => navigator.clipboard.readText()) === team.connection.endpoint_url);
  });

  it('where the browser lets nobody copy, the value is selected and the keys are named', async (t) => {
    const person = await Person.arrive(t);
    await person.context.addInitScript(() => {
      // An empty page has none.
      if (!navigator.clipboard) return;
      Object.defineProperty(navigator.clipboard, 'writeText', { value: () => Promise.reject(new DOMException('no', 'NotAllowedError')) });
    });
    const page = await person.open(await Team.make());
    const { token } = await enable(page);
    await button(page.locator('.once'), 'Copy Token').click();
    await until('what to do', () => person.spoken.some((text) => text.includes('Ctrl+C')));
    assert.equal(await page.evaluate(() => String(getSelection())), token);
    await page.locator('.once').getByText('Press Ctrl+C').waitFor();
  });

  it('enabling is said, without the token itself', async (t) => {
    const person = await Person.arrive(t);
    const { token } = await enable(await person.open(await Team.make()));
    await until('the news', () => person.spoken.some((text) => text.startsWith('SCIM is on.')));
    assert.ok(!person.spoken.join().includes(token));
  });

  it('is nowhere once it was put away, and in no answer but the first', async (t) => {
    const person = await Person.arrive(t);
    const page = await person.open(await Team.make());
    const { token } = await enable(page);
    assert.ok((await kept(page)).includes(token), 'this way of looking finds what is there');
    await putAway(page);
    // Long enough for the page to ask again.
    await pause(2000);
    await assertGone(person, page, token);
    assert.equal(await answersWith(person, token), 1);
  });

  it('of a rotation is nowhere either once it was put away', async (t) => {
    const person = await Person.arrive(t);
    const page = await person.open(await Team.make({ enabled: true }));
    const { token } = await rotate(page);
    await putAway(page);
    await assertGone(person, page, token);
  });

  it('is gone after a reload', async (t) => {
    const person = await Person.arrive(t);
    const page = await person.open(await Team.make());
    const { token } = await enable(page);
    page.on('dialog', (dialog) => dialog.accept());
    await page.reload();
    await settled(page);
    await button(page, 'Rotate token').waitFor();
    await assertGone(person, page, token);
  });

  it('is gone after going back and forward', async (t) => {
    const person = await Person.arrive(t);
    const team = await Team.make();
    const page = await person.open(team);
    const { token } = await enable(page);
    page.on('dialog', (dialog) => dialog.accept());
    await page.goto(`${edge().base_url}/settings/teams/another`);
    await page.goBack();
    await settled(page);
    await button(page, 'Rotate token').waitFor();
    await assertGone(person, page, token);
    await page.goForward();
    await page.goBack();
    await button(page, 'Rotate token').waitFor();
    await assertGone(person, page, token);
  });

  it('is taken off a page that the browser keeps to come back to', async (t) => {
    const person = await Person.arrive(t);
    const page = await person.open(await Team.make());
    const { token } = await enable(page);
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
    await button(page, 'Rotate token').waitFor();
    await assertGone(person, page, token);
  });

  it('leaving before it was put away asks, and staying keeps it', async (t) => {
    const person = await Person.arrive(t);
    const page = await person.open(await Team.make());
    const { token } = await enable(page);
    const asked = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      return dialog.dismiss();
    });
    await page.close({ runBeforeUnload: true });
    await until('the question', () => asked.length);
    assert.deepEqual(asked, ['beforeunload']);
    assert.equal(await page.locator('.once code').nth(1).textContent(), token);
  });

  it('leaving afterwards asks nothing', async (t) => {
    const person = await Person.arrive(t);
    const page = await person.open(await Team.make());
    await enable(page);
    await putAway(page);
    page.on('dialog', (dialog) => {
      person.errors.push(`asked: ${dialog.type()}`);
      return dialog.accept();
    });
    await page.close({ runBeforeUnload: true });
    await until('the page is closed', () => page.isClosed());
  });

  it('cannot be shown twice by two clicks in a row', async (t) => {
    const person = await Person.arrive(t);
    const page = await person.open(await Team.make());
    await button(page, 'Enable SCIM').dblclick();
    await page.locator('.once').waitFor();
    const posts = person.requests.filter((request) => request.method() === 'POST');
    assert.equal(posts.length, 1);
  });
});
