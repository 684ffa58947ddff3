// Every text of the page comes from texts.js (and the consoles' own words from idps.js).

import assert from 'node:assert/strict';
import { describe as suite, it } from 'node:test';

import { module } from './modules.js';
import { scenes } from './scenes.js';

const { idps } = await module('idps.js');
const { texts } = await module('texts.js');

/** The page's script with texts.js in a language of its own, in which every text stands between ⟦ and ⟧. */
function marked(script) {
  const [before, source, behind] = script.split(/^const texts = |^return \{ texts \};$/m);
  assert.ok(behind.length > 0);
  return `${before}
    const plain = ${source}
    const mark = (value, name) => {
      if (name === 'language') return value;
      if (typeof value === 'string') return '⟦' + value + '⟧';
      if (typeof value === 'function') return (...given) => mark(value(...given));
      if (Array.isArray(value)) return value.map((each) => mark(each));
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mark(each, key)]));
    };
    return { texts: mark(plain) };
    ${behind}`;
}

/** Everything on a page that somebody reads or hears, but what stands in `code` and `time`, which is data. */
const read = (page) => page.evaluate(() => {
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement.closest('noscript, script, code, time')) found.push(node.data);
  }
  for (const node of document.querySelectorAll('*')) {
    for (const name of ['aria-label', 'placeholder', 'title', 'alt', 'aria-description']) {
      if (node.hasAttribute(name) && node.tagName !== 'TIME') found.push(node.getAttribute(name));
    }
  }
  return found;
});

const consoles = new Set(idps.flatMap(({ name, steps, fields, test, note }) => [name, ...steps, ...fields.flat(), test, note]));

/** What is left of a text without what came from texts.js. */
function rest(text) {
  let left = text;
  for (;;) {
    const next = left.replaceAll(/⟦[^⟦⟧]*⟧/g, ' ');
    if (next === left) return left.replace(/^[^\p{L}\p{N}(]+|[^\p{L}\p{N}).…]+$/gu, '');
    left = next;
  }
}

/** What `Intl` says by itself, in the language that texts.js names. */
const AGO = /^(now|yesterday|\d+ (second|minute|hour|day)s? ago)\.?$/i;

/** Whether a text is something of the team's, or of the identity provider's console, or holds no word at all. */
function isData(text) {
  const plain = text.trim();
  return !/\p{L}/u.test(plain) || consoles.has(plain)
    || /^[\w.@-]+@[\w.]+$/.test(plain) || /^https?:\/\/\S+$/.test(plain)
    || AGO.test(plain) || ['example.com', 'Engineering'].includes(plain) || /^[\d.]+ ms$/.test(plain);
}

suite('every text comes from the one place', () => {
  for (const { name, show } of scenes) {
    it(`in the state ${name}`, async (t) => {
      // The way to the state is found by its English texts; then the same page is shown in the other language.
      const english = await show(t, {});
      const { person, page } = english;
      const other = await person.context.newPage();
      await other.route('**/app.js', async (route) => {
        const script = await (await route.fetch()).text();
        await route.fulfill({ contentType: 'text/javascript', body: marked(script) });
      });
      await other.goto(page.url());
      await other.locator('section:visible, #state h2').first().waitFor();
      const steps = {
        rotate: () => other.getByRole('button', { name: `⟦${texts.scim.rotate}⟧` }).click(),
        disable: () => other.getByRole('button', { name: `⟦${texts.scim.disable}⟧` }).click(),
        'test-connection': async () => {
          await other.getByRole('button', { name: `⟦${texts.trial.run}⟧` }).click();
          await other.locator('#trial-result tbody tr').nth(8).waitFor();
        },
        'identity-provider': () => other.locator('.events tbody tr').nth(10).waitFor({ state: 'attached' }),
        activity: () => other.locator('.events tbody tr').nth(10).waitFor({ state: 'attached' }),
        off: async () => {
          await other.getByRole('button', { name: `⟦${texts.scim.enable}⟧` }).click();
          await other.locator('.once').waitFor();
        },
      };
      other.on('dialog', (dialog) => dialog.accept());
      await steps[name]?.();
      const all = await read(other);
      assert.ok(all.filter((text) => text.includes('⟦')).length > 2);
      const strangers = all.filter((text) => !isData(rest(text)));
      assert.deepEqual([...new Set(strangers)], []);
      await other.close();
    });
  }
});
