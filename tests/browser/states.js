// Each state of the page, as it comes about on a real edge.

import assert from 'node:assert/strict';
import { describe as suite, it } from 'node:test';

import { button, enable, part, Person, putAway, rotate, settled, shownOnce } from './chromium.js';
import { asPlatform, call, edge, OWNER, Team } from './edge.js';
import { pause, until } from './waiting.js';

const buttons = (scope) => scope.getByRole('button').allTextContents();
const answers = async (url, token) => (await call('GET', `${new URL(url).pathname}/Users?count=0`, { authorization: `Bearer ${token}` })).status;

suite('the states of the page', () => {
  it('without single sign-on it says what is missing and where to do it, and has no button', async (t) => {
    const team = await Team.make({ sso: { type: 'none' } });
    const page = await (await Person.arrive(t)).open(team);
    const scim = part(page, 'scim');
    await scim.getByText('set up SAML or OpenID Connect in the product’s sign-in settings first').waitFor();
    assert.deepEqual(await buttons(scim), []);
    assert.match(await part(page, 'sso').textContent(), /Not set up/);
    for (const id of ['idp', 'trial']) assert.ok(await part(page, id).isHidden(), id);
  });

  it('as soon as single sign-on is set up the button is there, without reload', async (t) => {
    const team = await Team.make({ sso: { type: 'none' } });
    const page = await (await Person.arrive(t)).open(team);
    await asPlatform('PUT', team.path, { name: team.name, sso: { type: 'saml', issuer: 'https://idp.acme.example' } });
    await button(page, 'Enable SCIM').waitFor();
    assert.match(await part(page, 'sso').textContent(), /SAML 2\.0.*https:\/\/idp\.acme\.example/);
  });

  it('the section on single sign-on shows what is set up, and lets nobody change it', async (t) => {
    const team = await Team.make({ domains: ['acme.example', 'acme.test'] });
    const page = await (await Person.arrive(t)).open(team);
    const sso = part(page, 'sso');
    assert.match(await sso.textContent(), /OpenID Connect.*https:\/\/login\.acme\.example.*acme\.example, acme\.test/);
    assert.equal(await sso.locator('button, input, select, a').count(), 0);
  });

  for (const role of ['member', 'admin']) {
    it(`${role === 'admin' ? 'an admin' : 'a member'} sees whether it is on and who may change it, and has no button`, async (t) => {
      const team = await Team.make({ enabled: true, owners: [OWNER, 'second.owner@example.com'] });
      const who = `${role}@example.com`;
      await team.add(who, role);
      const page = await (await Person.arrive(t, { as: who })).open(team);
      const scim = part(page, 'scim');
      const text = await scim.textContent();
      assert.match(text, /SCIM provisioning is on/);
      assert.match(text, new RegExp(`You are an? ${role} of this team`));
      assert.match(text, /owner@example\.com, second\.owner@example\.com/);
      assert.ok(!text.includes(team.connection.endpoint_url));
      assert.deepEqual(await buttons(page.locator('main')), []);
      for (const id of ['idp', 'trial', 'activity']) assert.ok(await part(page, id).isHidden(), id);
      await team.disable();
      await scim.getByText('people are added by hand').waitFor();
    });
  }

  it('who is not in the team sees nothing of it', async (t) => {
    const team = await Team.make({ name: 'Secret Squirrels', enabled: true });
    const page = await (await Person.arrive(t, { as: 'stranger@example.org' })).open(team);
    await page.getByRole('heading', { name: 'You are not in this team' }).waitFor();
    assert.equal(await page.locator('section:visible').count(), 0);
    assert.ok(!(await page.content()).includes('Squirrels'));
    assert.ok(!(await page.title()).includes('Squirrels'));
  });

  it('a team that is not there looks like one that somebody is not in', async (t) => {
    const page = await (await Person.arrive(t)).open(new Team('nobody-made-this', ''));
    await page.getByRole('heading', { name: 'You are not in this team' }).waitFor();
  });

  it('who is not signed in is told so, and the page goes on by itself once they are', async (t) => {
    const team = await Team.make();
    const person = await Person.arrive(t, { as: null });
    const page = await person.open(team);
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    person.as = OWNER;
    await (await person.open(team)).close();
    await button(page, 'Enable SCIM').waitFor();
  });

  it('off: one button, and what it will do', async (t) => {
    const team = await Team.make();
    const page = await (await Person.arrive(t)).open(team);
    assert.deepEqual(await buttons(part(page, 'scim')), ['Enable SCIM']);
    assert.match(await part(page, 'scim').textContent(), /two values, an endpoint URL and a token/);
    assert.ok(await part(page, 'trial').isHidden());
  });

  it('enabling shows URL and token, both of which work, with the warning that it is for once', async (t) => {
    const team = await Team.make();
    const page = await (await Person.arrive(t)).open(team);
    const { url, token } = await enable(page);
    assert.match(url, new RegExp(`^${edge().base_url}/scim/v2/${team.id}\\.`));
    assert.match(token, /^scim_/);
    assert.equal(await answers(url, token), 200);
    assert.match(await page.locator('.once').textContent(), /shown this once\. It cannot be shown again/);
    assert.ok(await button(page, 'Put the token away').isDisabled());
    await page.getByLabel('I have stored the token').check();
    assert.ok(await button(page, 'Put the token away').isEnabled());
    await page.getByLabel('I have stored the token').uncheck();
    assert.ok(await button(page, 'Put the token away').isDisabled());
  });

  it('on: URL, age of the token, last request, counts, and how to rotate and disable', async (t) => {
    const team = await Team.make({ enabled: true });
    const page = await (await Person.arrive(t)).open(team);
    const scim = part(page, 'scim');
    await scim.getByText('None yet.').waitFor();
    await team.create('ada@example.com');
    const { body } = await team.create('grace@example.com');
    await team.deactivate(body.id);
    const owner = await team.create(OWNER);
    // What was asked last is noted once a second at the most.
    await pause(1500);
    await team.deactivate(owner.body.id);
    await until('the counts', async () => (await scim.locator('.number').allTextContents()).join() === '3,2,1');
    await scim.getByText(/with 403: PATCH \/Users\/…, by Okta SCIM Client 1\.0\.0/).waitFor();
    assert.ok((await scim.textContent()).includes(team.connection.endpoint_url));
    assert.match(await scim.locator('dt:has-text("Token made") + dd').textContent(), /now|second|minute/);
    assert.deepEqual(await buttons(scim.locator('.row')), ['Rotate token', 'Disable SCIM']);
  });

  it('on: a request with a wrong token is told of, until one with the right token comes', async (t) => {
    const team = await Team.make({ enabled: true });
    const page = await (await Person.arrive(t)).open(team);
    const path = `${new URL(team.connection.endpoint_url).pathname}/Users?count=0`;
    await call('GET', path, { authorization: `Bearer scim_${'a'.repeat(43)}`, 'user-agent': 'Mistaken/1' });
    const scim = part(page, 'scim');
    await scim.getByText('Paste', { exact: false }).first().waitFor();
    assert.match(await scim.textContent(), /Last request that was turned away.*Mistaken\/1/);
    await team.scim('GET', '/Users?count=0');
    await scim.getByText('Last request that was turned away').waitFor({ state: 'hidden' });
  });

  it('rotating says first that the old token stops at once, and then it does', async (t) => {
    const team = await Team.make({ enabled: true });
    const page = await (await Person.arrive(t)).open(team);
    await button(page, 'Rotate token').click();
    const dialog = page.getByRole('dialog', { name: 'Rotate the token?' });
    assert.match(await dialog.textContent(), /The present token stops working at once/);
    await button(dialog, 'Cancel').click();
    assert.equal(await answers(team.connection.endpoint_url, team.connection.token), 200);
    const { url, token } = await rotate(page);
    assert.equal(url, team.connection.endpoint_url);
    assert.equal(await answers(url, token), 200);
    assert.equal(await answers(url, team.connection.token), 401);
  });

  it('disabling says what happens to members, wants the team’s name typed, and ends URL and token', async (t) => {
    const team = await Team.make({ name: 'Acme & Söhne', enabled: true });
    await team.create('ada@example.com');
    const page = await (await Person.arrive(t)).open(team);
    await button(page, 'Disable SCIM').click();
    const dialog = page.getByRole('dialog', { name: 'Disable SCIM?' });
    assert.match(await dialog.textContent(), /The team’s 2 people stay, with the roles they have\. Nobody is taken out/);
    const go = button(dialog, 'Disable SCIM');
    for (const typed of ['', 'Acme', 'acme & söhne', 'Acme & Söhne Ltd']) {
      await dialog.getByLabel('Type the team’s name').fill(typed);
      assert.ok(await go.isDisabled(), typed);
    }
    await page.keyboard.press('Enter');
    assert.equal(await answers(team.connection.endpoint_url, team.connection.token), 200);
    await dialog.getByLabel('Type the team’s name').fill('Acme & Söhne');
    await go.click();
    await button(page, 'Enable SCIM').waitFor();
    assert.equal(await answers(team.connection.endpoint_url, team.connection.token), 401);
    const member = await asPlatform('GET', `${team.path}/members/ada@example.com`);
    assert.equal(member.role, 'member');
  });

  it('what is refused is said with what to do next, and nothing else changes', async (t) => {
    const team = await Team.make();
    const page = await (await Person.arrive(t)).open(team);
    // The page knows of the other owner's click only after its own.
    await page.route('**/scim', (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()));
    await team.enable();
    await button(page, 'Enable SCIM').click();
    await page.getByRole('alert').getByText('If you need a token, rotate it.').waitFor();
    await page.unroute('**/scim');
    await button(page, 'Rotate token').waitFor();
    assert.equal(await answers(team.connection.endpoint_url, team.connection.token), 200);
  });

  it('while no answer comes it says so, keeps what it showed, and goes on by itself', async (t) => {
    const team = await Team.make({ enabled: true });
    const person = await Person.arrive(t);
    const page = await person.open(team);
    await person.context.setOffline(true);
    await page.getByText('No answer at the moment. What you see may be old').waitFor();
    assert.ok((await part(page, 'scim').textContent()).includes(team.connection.endpoint_url));
    await person.context.setOffline(false);
    await page.getByText('No answer at the moment').waitFor({ state: 'hidden' });
  });

  it('where the first answer does not come it says so instead of staying empty', async (t) => {
    const team = await Team.make();
    const person = await Person.arrive(t);
    await person.context.route('**/v1/**', (route) => route.abort());
    const page = await person.open(team);
    await page.getByRole('heading', { name: 'The settings cannot be loaded' }).waitFor();
    await person.context.unroute('**/v1/**');
    await button(page, 'Enable SCIM').waitFor();
  });

  it('while it loads there is something to see and to hear', async (t) => {
    const team = await Team.make();
    const person = await Person.arrive(t);
    let go;
    const held = new Promise((resolve) => { go = resolve; });
    await person.context.route('**/v1/**', async (route) => { await held; await route.continue(); });
    const opened = person.open(team);
    await until('a page', () => person.context.pages().length);
    const [page] = person.context.pages();
    await page.getByRole('progressbar', { name: 'Loading' }).waitFor();
    go();
    await settled(await opened);
    await button(page, 'Enable SCIM').waitFor();
  });

  it('when the session ends everything of the team leaves the screen, a token too', async (t) => {
    const team = await Team.make({ name: 'Secret Squirrels' });
    const person = await Person.arrive(t);
    const page = await person.open(team);
    const { token } = await enable(page);
    await person.signOut();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    assert.equal(await page.locator('section:visible').count(), 0);
    const content = await page.content();
    assert.ok(!content.includes(token) && !content.includes('Squirrels'));
  });

  it('an owner who enables twice in a row, with a disable between, gets another URL and token each time', async (t) => {
    const team = await Team.make();
    const page = await (await Person.arrive(t)).open(team);
    const first = await enable(page);
    await putAway(page);
    await button(page, 'Disable SCIM').click();
    await page.getByRole('dialog').getByLabel('Type the team’s name').fill(team.name);
    await page.keyboard.press('Enter');
    const second = await enable(page);
    assert.notEqual(first.url, second.url);
    assert.notEqual(first.token, second.token);
    assert.deepEqual(await shownOnce(page), second);
  });
});
