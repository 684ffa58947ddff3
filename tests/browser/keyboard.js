// The page without a mouse.

import assert from 'node:assert/strict';
import { describe as suite, it } from 'node:test';

import { button, part, Person } from './chromium.js';
import { Team } from './edge.js';
import { until } from './waiting.js';

/** What has the focus, as people would call it. */
const focused = (page) => page.evaluate(() => {
  const node = document.activeElement;
  return node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent ?? node.textContent.slice(0, 60);
});

/** Presses Tab until something of this name has the focus. */
async function tabTo(page, name, key = 'Tab') {
  const passed = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press(key);
    const at = await focused(page);
    if (at === name) return;
    passed.push(at);
  }
  assert.fail(`${name} is not among ${passed.join(' | ')}`);
}

async function hasFocus(page, text) {
  await until(`the focus on ${text}`, async () => (await focused(page)).startsWith(text));
}

suite('by keyboard alone', () => {
  it('one enables, copies both values, says that they are stored, and puts the token away', async (t) => {
    const page = await (await Person.arrive(t)).open(await Team.make());
    await tabTo(page, 'Enable SCIM');
    await page.keyboard.press('Enter');
    await hasFocus(page, 'Copy these two values');
    const values = await page.locator('.once code').allTextContents();
    const pasted = () => page.evaluate(() => navigator.clipboard.readText());
    await tabTo(page, 'Copy Endpoint URL');
    await page.keyboard.press('Enter');
    await until('the URL is copied', async () => await pasted() === values[0]);
    await tabTo(page, 'Copy Token');
    await page.keyboard.press('Space');
    await until('the token is copied', async () => await pasted() === values[1]);
    await tabTo(page, 'I have stored the token');
    await page.keyboard.press('Space');
    await tabTo(page, 'Put the token away');
    await page.keyboard.press('Enter');
    await hasFocus(page, 'SCIM provisioning');
    assert.equal(await page.locator('.once').count(), 0);
    await tabTo(page, 'Rotate token');
  });

  it('everything that can be clicked can be reached, and shows that it has the focus', async (t) => {
    const team = await Team.make({ enabled: true });
    const page = await (await Person.arrive(t)).open(team);
    await part(page, 'activity').locator('.events tbody tr').first().waitFor();
    const wanted = await page.locator('button:visible:enabled, input:visible, select:visible, summary:visible').count();
    const reached = new Set();
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      const { index, visible } = await page.evaluate(() => {
        const node = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(node);
        const all = [...document.querySelectorAll('button, input, select, summary')];
        return { index: all.indexOf(node), visible: node === document.body || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) };
      });
      assert.ok(visible, `the focus on ${await focused(page)} can be seen`);
      if (index >= 0) reached.add(index);
    }
    assert.equal(reached.size, wanted);
  });

  for (const [opener, title] of [['Rotate token', 'Rotate the token?'], ['Disable SCIM', 'Disable SCIM?']]) {
    it(`the dialog “${title}” keeps the focus, ends with Escape, and gives the focus back`, async (t) => {
      const team = await Team.make({ enabled: true });
      const page = await (await Person.arrive(t)).open(team);
      await tabTo(page, opener);
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: title });
      await dialog.waitFor();
      for (const key of ['Tab', 'Shift+Tab']) {
        for (let presses = 0; presses < 8; presses += 1) {
          await page.keyboard.press(key);
          const inside = await page.evaluate(() => Boolean(document.activeElement.closest('dialog')) || document.activeElement === document.body);
          assert.ok(inside, `${key}: ${await focused(page)}`);
        }
      }
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      assert.equal(await focused(page), opener);
      assert.equal((await team.scim('GET', '/Users?count=0')).status, 200);
    });
  }

  it('one rotates, and is led to the new token', async (t) => {
    const page = await (await Person.arrive(t)).open(await Team.make({ enabled: true }));
    await tabTo(page, 'Rotate token');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, 'Rotate token');
    await page.keyboard.press('Enter');
    await hasFocus(page, 'Copy these two values');
  });

  it('one disables by typing the name, and is led to where SCIM is off', async (t) => {
    const page = await (await Person.arrive(t)).open(await Team.make({ enabled: true }));
    await tabTo(page, 'Disable SCIM');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, 'Type the team’s name, Acme Ltd, to confirm');
    await page.keyboard.type('Acme Ltd');
    await page.keyboard.press('Enter');
    await button(page, 'Enable SCIM').waitFor();
    await hasFocus(page, 'SCIM provisioning');
  });

  it('one chooses an identity provider and runs the test', async (t) => {
    const page = await (await Person.arrive(t)).open(await Team.make({ enabled: true }));
    await tabTo(page, 'Identity provider');
    await page.keyboard.press('ArrowDown');
    await page.getByText('Fields: Microsoft Entra ID').waitFor();
    await tabTo(page, 'Run the test');
    await page.keyboard.press('Enter');
    await page.getByText('All 9 steps passed').first().waitFor();
  });

  it('new events do not take the focus away from where somebody is', async (t) => {
    const team = await Team.make({ enabled: true });
    const page = await (await Person.arrive(t)).open(team);
    await tabTo(page, 'Rotate token');
    await team.create('ada@example.com');
    await part(page, 'activity').getByText('ada@example.com').waitFor();
    assert.equal(await focused(page), 'Rotate token');
  });
});
