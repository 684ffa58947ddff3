// An edge on this machine, started by `cargo xtask up` as everybody starts it, and what its product does with it.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { given } from './packages.js';
import { until } from './waiting.js';

export const OWNER = 'owner@example.com';
const SCIM_USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const SCIM_GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const SCIM_PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** How long the edge may take to build and start, in milliseconds. */
const START = 600000;

let running = null;
let teams = 0;

/** Starts the edge that all tests share. */
export async function startEdge() {
  const folder = mkdtempSync(join(tmpdir(), 'scim-edge-browser-'));
  const file = join(folder, 'ready.json');
  const child = spawn(given('SCIM_EDGE_XTASK'), ['up', '--port', '0', '--ready-file', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  process.once('exit', () => child.kill('SIGKILL'));
  let printed = '';
  let said = '';
  child.stdout.on('data', (data) => { printed += data; });
  child.stderr.on('data', (data) => { said += data; });
  const ready = () => {
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      return null;
    }
  };
  await until('the edge is up', () => {
    if (child.exitCode !== null) throw new Error(`cargo xtask up has ended:\n${said}`);
    return ready() && printed.includes('/scim/rotate');
  }, START);
  running = { ...ready(), child, folder, printed, link: /^Settings page +(\S+)$/m.exec(printed)[1] };
}

/** Stops it, with all that it has started. */
export async function stopEdge() {
  if (!running) return;
  const { child, folder } = running;
  child.kill('SIGTERM');
  await until('the edge is down', () => child.exitCode !== null || child.signalCode !== null, 60000);
  rmSync(folder, { recursive: true, force: true });
  running = null;
}

/** What the demo has printed, and what stands in its ready file. */
export const edge = () => running;

/** The link that signs a person in and leads on to a path. */
export function signInLink(person, to) {
  const link = new URL(running.link);
  link.searchParams.set('as', person);
  link.searchParams.set('to', to);
  return link.href;
}

/** A request to the edge. Answers status and document. */
export async function call(method, path, { authorization, body, type = 'application/json', ...headers } = {}) {
  const answer = await fetch(new URL(path, running.base_url), {
    method,
    headers: { ...(authorization && { authorization }), ...(body !== undefined && { 'content-type': type }), ...headers },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  const json = answer.headers.get('content-type')?.includes('json') && !answer.headers.get('content-type').includes('ndjson');
  return { status: answer.status, body: json && text ? JSON.parse(text) : text, headers: answer.headers };
}

async function done(method, path, options) {
  const answer = await call(method, path, options);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const platform = () => `Bearer ${running.platform_key}`;

/** The platform's call of the management API. */
export const asPlatform = (method, path, body, type) => done(method, path, { authorization: platform(), body, type });

/** A person's call of the management API. */
export async function asPerson(person, method, path, body) {
  const answer = await fetch(signInLink(person, '/'), { redirect: 'manual' });
  const token = /product_session=([^;]+)/.exec(answer.headers.get('set-cookie'))[1];
  return done(method, path, { authorization: `Bearer ${token}`, body });
}

/** A team of its own for a test. */
export class Team {
  constructor(id, name) {
    Object.assign(this, { id, name, path: `/v1/teams/${id}`, connection: null });
  }

  static async make({ name = 'Acme Ltd', sso = { type: 'oidc', issuer: 'https://login.acme.example' }, owners = [OWNER], domains = ['example.com'], enabled = false } = {}) {
    teams += 1;
    const team = new Team(`team-${teams}`, name);
    await asPlatform('PUT', team.path, { name, sso, owners, verified_domains: domains });
    if (enabled) await team.enable();
    return team;
  }

  settings() {
    return `/settings/teams/${this.id}`;
  }

  async enable() {
    this.connection = await asPlatform('POST', `${this.path}/scim`, { on_behalf_of: OWNER });
  }

  async rotate() {
    this.connection = await asPlatform('POST', `${this.path}/scim/rotate`, { on_behalf_of: OWNER });
  }

  disable() {
    return asPlatform('DELETE', `${this.path}/scim`);
  }

  add(person, role) {
    return asPlatform('PUT', `${this.path}/members/${encodeURIComponent(person)}`, { role, on_behalf_of: OWNER });
  }

  remove(person) {
    return asPlatform('DELETE', `${this.path}/members/${encodeURIComponent(person)}`);
  }

  /** All events of the team, newest first. */
  async events() {
    const all = [];
    let before = '';
    for (;;) {
      const { events, next } = await asPlatform('GET', `${this.path}/events?limit=200${before}`);
      all.push(...events);
      if (!next) return all;
      before = `&before=${next}`;
    }
  }

  /** The identity provider's call. */
  scim(method, path, body, headers = {}) {
    const authorization = `Bearer ${this.connection.token}`;
    return call(method, `${new URL(this.connection.endpoint_url).pathname}${path}`, {
      authorization, body, type: 'application/scim+json', 'user-agent': 'Okta SCIM Client 1.0.0', ...headers,
    });
  }

  create(userName, more = {}) {
    return this.scim('POST', '/Users', { schemas: [SCIM_USER], userName, active: true, ...more });
  }

  group(displayName) {
    return this.scim('POST', '/Groups', { schemas: [SCIM_GROUP], displayName });
  }

  deactivate(user) {
    return this.scim('PATCH', `/Users/${user}`, {
      schemas: [SCIM_PATCH], Operations: [{ op: 'replace', path: 'active', value: false }],
    });
  }

  /** Tries to take the team's owner out, which is refused. */
  async refusedDeactivation() {
    const { body } = await this.create(OWNER);
    return this.deactivate(body.id);
  }

  /** Moves each event of the log to another time, by taking the team out as a file and putting it back. */
  async shiftHistory(newTime) {
    let file = '';
    for (let next = `${this.path}/export`; next;) {
      const answer = await call('GET', next, { authorization: platform() });
      file += answer.body;
      next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    const lines = file.trimEnd().split('\n').map((line) => JSON.parse(line));
    const events = lines.filter(({ kind }) => kind === 'event');
    events.forEach((line, index) => { line.event.at = newTime(index, events.length, line.event); });
    const text = lines.slice(0, -1).map((line) => `${JSON.stringify(line)}\n`).join('');
    const end = { ...lines.at(-1), sha256: createHash('sha256').update(text).digest('hex') };
    await asPlatform('PUT', `${this.path}/import?replace=true`, `${text}${JSON.stringify(end)}\n`, 'application/x-ndjson');
  }
}
