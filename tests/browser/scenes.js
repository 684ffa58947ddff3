// Every state that there is to see, with how to get there. `show` answers a page that is in it.

import { button, enable, part, Person } from './chromium.js';
import { OWNER, Team } from './edge.js';

const HOUR = 3600000;
const PEOPLE = [
  ['Ada', 'Lovelace'], ['Grace', 'Hopper'], ['Alan', 'Turing'], ['Edsger', 'Dijkstra'], ['Barbara', 'Liskov'], ['Donald', 'Knuth'],
  ['Radia', 'Perlman'], ['Ken', 'Thompson'], ['Frances', 'Allen'], ['Tony', 'Hoare'], ['Margaret', 'Hamilton'], ['Dennis', 'Ritchie'],
];

let made = null;

async function liveALittle() {
  const team = await Team.make({ enabled: true });
  const ids = [];
  for (const [givenName, familyName] of PEOPLE) {
    const userName = `${givenName}.${familyName}@example.com`.toLowerCase();
    const { body } = await team.create(userName, { name: { givenName, familyName } });
    ids.push(body.id);
  }
  await team.group('Engineering');
  for (const id of ids.slice(0, 4)) await team.deactivate(id);
  await team.create('eve@elsewhere.example');
  await team.create('ada.lovelace@example.com');
  await team.refusedDeactivation();
  // A day of it, most of it lately.
  await team.shiftHistory((index, count) => Date.now() - Math.floor(HOUR * 20 * ((count - index) / count) ** 2) - 1000);
  // Who asked last is no part of the file.
  await team.scim('GET', '/Users?count=1');
  return team;
}

/** A team that has had SCIM for a day, made once. */
export const livedIn = () => {
  made ??= liveALittle();
  return made;
};

async function ofNewTeam(t, options, { as = OWNER, ...how } = {}) {
  const team = await Team.make(options);
  if (as !== OWNER) await team.add(as, 'admin');
  const person = await Person.arrive(t, { ...how, as });
  return { person, page: await person.open(team), team };
}

async function ofLivedIn(t, how) {
  const person = await Person.arrive(t, how);
  const team = await livedIn();
  const page = await person.open(team);
  await part(page, 'activity').locator('tbody tr').nth(10).waitFor({ state: 'attached' });
  return { person, page, team };
}

/** Name, and way there. `where`: the part that a picture of it shows, else the top of the page. */
export const scenes = [
  { name: 'no-sso', show: (t, how) => ofNewTeam(t, { sso: { type: 'none' } }, how) },
  { name: 'not-an-owner', show: (t, how) => ofNewTeam(t, { enabled: true }, { ...how, as: 'admin@example.com' }) },
  { name: 'off', show: (t, how) => ofNewTeam(t, {}, how) },
  {
    name: 'token',
    show: async (t, how) => {
      const scene = await ofNewTeam(t, {}, how);
      await enable(scene.page);
      await button(scene.page.locator('.once'), 'Copy Endpoint URL').click();
      return scene;
    },
  },
  { name: 'on', show: ofLivedIn },
  {
    name: 'rotate',
    show: async (t, how) => {
      const scene = await ofLivedIn(t, how);
      await button(scene.page, 'Rotate token').click();
      return scene;
    },
  },
  {
    name: 'disable',
    show: async (t, how) => {
      const scene = await ofLivedIn(t, how);
      await button(scene.page, 'Disable SCIM').click();
      await scene.page.getByRole('dialog').getByLabel('Type the team’s name').fill('Acme Ltd');
      return scene;
    },
  },
  {
    name: 'identity-provider',
    where: 'idp',
    show: async (t, how) => {
      const scene = await ofLivedIn(t, how);
      await scene.page.getByLabel('Identity provider', { exact: true }).selectOption('Microsoft Entra ID');
      return scene;
    },
  },
  {
    name: 'test-connection',
    where: 'trial',
    show: async (t, how) => {
      const scene = await ofLivedIn(t, how);
      await button(scene.page, 'Run the test').click();
      await scene.page.locator('#trial-result tbody tr').nth(8).waitFor();
      return scene;
    },
  },
  { name: 'activity', where: 'activity', show: ofLivedIn },
  {
    name: 'chart-as-table',
    where: 'activity',
    show: async (t, how) => {
      const scene = await ofLivedIn(t, how);
      await scene.page.getByText('Show as a table').click();
      return scene;
    },
  },
  {
    name: 'activity-filtered',
    where: 'activity',
    show: async (t, how) => {
      const scene = await ofLivedIn(t, how);
      await scene.page.getByLabel('Outcome').selectOption('Refused');
      return scene;
    },
  },
  {
    name: 'problem',
    show: async (t, how) => {
      const scene = await ofNewTeam(t, {}, how);
      await scene.page.route('**/v1/**', (route) => (route.request().method() === 'POST'
        ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"status":503,"code":"unavailable"}' }) : route.continue()));
      await button(scene.page, 'Enable SCIM').click();
      await scene.page.getByRole('alert').first().waitFor();
      return scene;
    },
  },
  {
    name: 'token-overtaken',
    show: async (t, how) => {
      const scene = await ofNewTeam(t, {}, how);
      await enable(scene.page);
      await scene.team.rotate();
      await scene.page.getByText('somebody has rotated it').waitFor();
      return scene;
    },
  },
  {
    name: 'signed-out',
    show: async (t, how) => {
      const scene = await ofNewTeam(t, {}, how);
      await scene.person.signOut();
      await scene.page.getByRole('heading', { name: 'You are signed out' }).waitFor();
      return scene;
    },
  },
  {
    name: 'not-in-the-team',
    show: async (t, how) => {
      const team = await Team.make();
      const person = await Person.arrive(t, { ...how, as: 'stranger@example.org' });
      return { person, team, page: await person.open(team) };
    },
  },
  {
    name: 'no-answer',
    show: async (t, how) => {
      const team = await Team.make();
      const person = await Person.arrive(t, how);
      await person.context.route('**/v1/**', (route) => route.abort());
      return { person, team, page: await person.open(team) };
    },
  },
];
