// What everybody can use: axe, narrow screens, less motion, and what a screen reader is told.

import assert from 'node:assert/strict';
import { describe as suite, it } from 'node:test';

import { button, enable, part, Person } from './chromium.js';
import { Team } from './edge.js';
import { axeSource } from './packages.js';
import { scenes } from './scenes.js';
import { until } from './waiting.js';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What axe finds. Run past the page's policy, which would let nothing of it in. */
async function findings(page, tags = TAGS) {
  const session = await page.context().newCDPSession(page);
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await run(`${axeSource()}; 'here'`);
  const found = await run(`axe.run(document, { runOnly: ${JSON.stringify(tags)}, resultTypes: ['violations', 'passes'] }).then((r) => ({
    passed: r.passes.length,
    violations: r.violations.flatMap((v) => v.nodes.map((node) => v.id + ': ' + node.target.join(' ') + ': ' + (node.any[0] ?? node.all[0] ?? node.none[0])?.message)),
  }))`);
  await session.detach();
  return found;
}

async function assertAccessible(page) {
  // A change of colours takes its time, or ends early with the part of the page that it is of.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((each) => each.finished)));
  const { passed, violations } = await findings(page);
  assert.deepEqual(violations, []);
  assert.ok(passed >= 8, `axe has looked at ${passed} rules`);
}

suite('axe finds nothing against WCAG 2.2 AA', () => {
  for (const { name, show } of scenes) {
    it(`in the state ${name}, light, dark and narrow`, async (t) => {
      const { page } = await show(t, { colorScheme: 'light' });
      await assertAccessible(page);
      await page.emulateMedia({ colorScheme: 'dark' });
      await assertAccessible(page);
      await page.setViewportSize({ width: 320, height: 640 });
      await assertAccessible(page);
    });
  }

  it('where the browser lets nobody copy', async (t) => {
    const person = await Person.arrive(t);
    await person.context.addInitScript(() => {
      if (navigator.clipboard) navigator.clipboard.writeText = () => Promise.reject(new Error('no'));
    });
    const page = await person.open(await Team.make());
    await enable(page);
    await button(page.locator('.once'), 'Copy Token').click();
    await page.getByText('Press Ctrl+C', { exact: true }).waitFor();
    await assertAccessible(page);
  });

  it('but would find something if there was something', async (t) => {
    const page = await (await Person.arrive(t)).open(await Team.make());
    await page.evaluate(() => { document.querySelector('.hint').style.color = '#ddd'; });
    assert.match((await findings(page)).violations.join(), /color-contrast/);
  });
});

suite('320 pixels are wide enough', () => {
  for (const { name, show } of scenes) {
    it(`for the state ${name}`, async (t) => {
      const { page } = await show(t, { viewport: { width: 320, height: 640 } });
      const wide = await page.evaluate(() => {
        const inOwnScroller = (node) => node.closest('.scroll, .unseen');
        const out = [...document.querySelectorAll('main *, header *, dialog *')].filter((node) => !inOwnScroller(node)
          && node.getClientRects().length && node.getBoundingClientRect().right > innerWidth + 0.5);
        return { page: document.documentElement.scrollWidth, out: out.map((node) => `${node.tagName} ${node.className}`).slice(0, 5) };
      });
      assert.deepEqual(wide, { page: 320, out: [] });
    });
  }
});

suite('a page for everybody', () => {
  it('moves nothing for who wants less motion', async (t) => {
    const page = await (await Person.arrive(t)).open(await Team.make());
    const moving = () => page.evaluate(() => [...document.querySelectorAll('*')].filter((node) => {
      const { transitionDuration, animationDuration } = getComputedStyle(node);
      return [transitionDuration, animationDuration].some((each) => parseFloat(each) > 0);
    }).length);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    assert.equal(await moving(), 0);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    assert.ok(await moving() > 0, 'this way of looking finds what moves');
  });

  it('is light and dark as the system says', async (t) => {
    const page = await (await Person.arrive(t, { colorScheme: 'light' })).open(await Team.make());
    const brightness = () => page.evaluate(() => {
      const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
      return red + green + blue;
    });
    assert.ok(await brightness() > 600);
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.ok(await brightness() < 150);
  });

  it('has its language, one heading of the first rank, and a landmark', async (t) => {
    const page = await (await Person.arrive(t)).open(await Team.make());
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    assert.equal(await page.locator('h1').count(), 1);
    assert.equal(await page.getByRole('main').count(), 1);
    assert.equal(await page.title(), await page.locator('h1').textContent());
  });

  it('says to screen readers what happens: enabled, put away, new events, exported, no access', async (t) => {
    const team = await Team.make();
    const person = await Person.arrive(t);
    const page = await person.open(team);
    const hears = (text) => until(`“${text}” is said`, () => person.spoken.some((each) => each.includes(text)));
    await enable(page);
    await hears('SCIM is on.');
    await page.getByLabel('I have stored the token').check();
    await button(page, 'Put the token away').click();
    await hears('The token was put away.');
    await team.rotate();
    await hears('new event');
    await button(part(page, 'activity'), 'Export as CSV').click();
    await hears('Exported');
    await person.signOut();
    await hears('You are signed out');
  });

  it('tells a refusal by more than its colour', async (t) => {
    const team = await Team.make({ enabled: true });
    await team.refusedDeactivation();
    const page = await (await Person.arrive(t)).open(team);
    await part(page, 'activity').locator('tr.refused').getByText('✗ Refused').waitFor();
  });
});
