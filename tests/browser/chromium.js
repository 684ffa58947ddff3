// Chromium, and pages in it that are watched for what no page may ever do.

import assert from 'node:assert/strict';

import { edge, OWNER, signInLink } from './edge.js';
import { given, playwright } from './packages.js';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
/** How long anything on a page may take on a loaded machine, in milliseconds. */
export const PATIENCE = 30000;

let browser = null;

export async function startChromium() {
  browser = await playwright().chromium.launch({ executablePath: given('SCIM_EDGE_CHROMIUM'), args: FLAGS, timeout: 120000 });
}

export async function stopChromium() {
  await browser?.close();
  browser = null;
}

/** A person at a browser of their own, gone after the test `t`. `as: null` is signed in nowhere. */
export class Person {
  static async arrive(t, { as = OWNER, clipboard = true, ...options } = {}) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 860 }, locale: 'en-GB', timezoneId: 'UTC', acceptDownloads: true, ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    if (clipboard) await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: edge().base_url });
    const person = new Person(context, as);
    await person.watch();
    t.after(() => person.leave());
    return person;
  }

  constructor(context, as) {
    Object.assign(this, { context, as, requests: [], answers: [], spoken: [], console: [], errors: [], violations: [] });
  }

  async watch() {
    const { context } = this;
    await context.exposeBinding('tell', (_, kind, text) => { this[kind].push(text); });
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        tell('violations', `${event.effectiveDirective} ${event.blockedURI}`);
      });
      // What a screen reader would say, in its order.
      document.addEventListener('DOMContentLoaded', () => {
        let last = '';
        new MutationObserver(() => {
          const text = document.getElementById('spoken')?.textContent ?? '';
          if (text && text !== last) tell('spoken', text);
          last = text;
        }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
      });
    });
    context.on('request', (request) => this.requests.push(request));
    context.on('response', (answer) => this.answers.push(answer));
    context.on('console', (message) => this.console.push(`${message.type()}: ${message.text()}`));
    context.on('weberror', (error) => this.errors.push(String(error.error())));
  }

  /** Opens a team's page in a new tab, by signing in first. */
  async open(team, { hash = '' } = {}) {
    const page = await this.context.newPage();
    await page.goto(this.as === null ? `${edge().base_url}${team.settings()}` : signInLink(this.as, `${team.settings()}${hash}`));
    await settled(page);
    return page;
  }

  /** Ends the session, as it ends by itself after a day. */
  signOut() {
    return this.context.clearCookies();
  }

  async leave() {
    await this.context.close();
    const elsewhere = this.requests.map((request) => request.url())
      .filter((url) => !url.startsWith(`${edge().base_url}/`) && !/^(blob|data):/.test(url));
    assert.deepEqual(elsewhere, [], 'nothing is asked of any other origin');
    assert.deepEqual(this.violations, [], 'the content security policy is kept');
    assert.deepEqual(this.errors, [], 'no script fails');
    const said = this.console.filter((line) => !line.includes('Failed to load resource'));
    assert.deepEqual(said, [], 'the console stays empty');
  }
}

/** Waits until a page says how things are. */
export async function settled(page) {
  await page.locator('section:visible, #state h2').first().waitFor();
}

/** A section of the page. */
export const part = (page, id) => page.locator(`section#${id}`);

/** A button with exactly this name. */
export const button = (scope, name) => scope.getByRole('button', { name, exact: true });

/** Switches SCIM on. Answers what is shown once. */
export async function enable(page) {
  await button(page, 'Enable SCIM').click();
  return shownOnce(page);
}

/** Asks for a new token, and says yes. */
export async function rotate(page) {
  await button(page, 'Rotate token').click();
  await button(page.getByRole('dialog'), 'Rotate token').click();
  return shownOnce(page);
}

/** The two values that are shown once. */
export async function shownOnce(page) {
  const values = page.locator('.once code');
  await values.nth(1).waitFor();
  return { url: await values.nth(0).textContent(), token: await values.nth(1).textContent() };
}

/** Says that the token is stored, and puts it away. */
export async function putAway(page) {
  await page.getByLabel('I have stored the token').check();
  await button(page, 'Put the token away').click();
  await page.locator('.once').waitFor({ state: 'detached' });
}
