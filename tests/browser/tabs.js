// Two tabs, two owners, and what one of them notices of the other.

import assert from 'node:assert/strict';
import { describe as suite, it } from 'node:test';

import { button, enable, part, Person, putAway, rotate } from './chromium.js';
import { asPlatform, OWNER, Team } from './edge.js';

suite('two tabs', () => {
  async function two(t, options) {
    const team = await Team.make(options);
    const person = await Person.arrive(t);
    return { team, person, one: await person.open(team), two: await person.open(team) };
  }

  it('what is enabled in one is on in the other, which never has the token', async (t) => {
    const { one, two: other } = await two(t);
    const { url, token } = await enable(one);
    await button(other, 'Rotate token').waitFor();
    const content = await other.content();
    assert.ok(content.includes(url) && !content.includes(token));
    assert.equal(await one.locator('.once code').nth(1).textContent(), token);
  });

  it('a token that another tab has rotated away is put away with a word on why', async (t) => {
    const { one, two: other } = await two(t);
    const { token } = await enable(one);
    const { token: next } = await rotate(other);
    await one.getByText('somebody has rotated it').waitFor();
    assert.ok(!(await one.content()).includes(token));
    assert.equal(await other.locator('.once code').nth(1).textContent(), next);
  });

  it('a rotation in another tab renews the age of the token here', async (t) => {
    const { one, two: other } = await two(t, { enabled: true });
    const made = one.locator('dt:has-text("Token made") + dd time');
    const before = await made.getAttribute('datetime');
    await rotate(other);
    await one.locator(`dt:has-text("Token made") + dd time:not([datetime="${before}"])`).waitFor();
    assert.ok(await one.locator('.once').count() === 0);
  });

  it('what is disabled in one is off in the other, and a token there is put away', async (t) => {
    const { team, one, two: other } = await two(t);
    const { token } = await enable(one);
    await button(other, 'Disable SCIM').click();
    await other.getByRole('dialog').getByLabel('Type the team’s name').fill(team.name);
    await button(other.getByRole('dialog'), 'Disable SCIM').click();
    await button(one, 'Enable SCIM').waitFor();
    await one.getByText('SCIM has been switched off').waitFor();
    assert.ok(!(await one.content()).includes(token));
  });

  it('a dialog that has become pointless says so when it is confirmed', async (t) => {
    const { team, one } = await two(t, { enabled: true });
    await button(one, 'Rotate token').click();
    await team.disable();
    await button(one, 'Enable SCIM').waitFor();
    await button(one.getByRole('dialog'), 'Rotate token').click();
    await one.getByRole('dialog').getByRole('alert').getByText('SCIM is off already').waitFor();
  });

  it('an old tab does not put a token away that is newer than what it last heard', async (t) => {
    const { one } = await two(t, { enabled: true });
    const { token } = await rotate(one);
    await one.waitForTimeout(2500);
    assert.equal(await one.locator('.once code').nth(1).textContent(), token);
    await putAway(one);
  });
});

suite('an owner who is one no more while the page is open', () => {
  it('as a member keeps the page without buttons, and without the token', async (t) => {
    const team = await Team.make();
    const page = await (await Person.arrive(t)).open(team);
    const { token } = await enable(page);
    await asPlatform('PUT', team.path, { name: team.name, sso: { type: 'oidc' }, owners: ['next@example.com'] });
    await page.getByText('Only an owner of the team can change this.').waitFor();
    await page.getByText('You are not an owner of this team any more').waitFor();
    assert.ok(!(await page.content()).includes(token));
    assert.deepEqual(await page.locator('main').getByRole('button').allTextContents(), []);
    assert.ok(await part(page, 'activity').isHidden());
  });

  it('taken out of the team, sees nothing of it any more', async (t) => {
    const team = await Team.make({ name: 'Secret Squirrels', owners: [OWNER, 'next@example.com'] });
    const page = await (await Person.arrive(t)).open(team);
    const { token } = await enable(page);
    await team.remove(OWNER);
    await page.getByRole('heading', { name: 'You are not in this team' }).waitFor();
    const content = await page.content();
    assert.ok(!content.includes(token) && !content.includes('Squirrels'));
  });

  it('is refused with what to do, where they are quicker than the page', async (t) => {
    const team = await Team.make({ enabled: true, owners: [OWNER, 'next@example.com'] });
    const page = await (await Person.arrive(t)).open(team);
    await button(page, 'Rotate token').click();
    await team.remove(OWNER);
    await button(page.getByRole('dialog'), 'Rotate token').click();
    await page.getByRole('dialog').getByRole('alert').getByText('Only an owner of the team may do this').waitFor();
  });
});
