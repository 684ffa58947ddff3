// What no value and no other site can do to the page.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe as suite, it } from 'node:test';

import { button, part, Person } from './chromium.js';
import { asPlatform, edge, OWNER, Team } from './edge.js';
import { pause, until } from './waiting.js';

const IMG = '<img src=x onerror="window.harmed=1">';

suite('the page is safe from', () => {
  it('values with HTML in them, which are shown as text', async (t) => {
    const team = await Team.make({ name: `${IMG} Ltd`, sso: { type: 'oidc', issuer: `https://x/${IMG}` }, enabled: true });
    await team.group(`${IMG}</td><script>window.harmed=1</script>`);
    await team.create(`"${IMG.replaceAll(' ', '/').replaceAll('"', '')}"@example.com`);
    await team.create('<b>x</b>@example.com');
    // What was asked last is noted once a second at the most.
    await pause(1500);
    await team.scim('GET', '/Users?count=0', undefined, { 'user-agent': `Evil ${IMG}` });
    const person = await Person.arrive(t);
    const page = await person.open(team);
    await part(page, 'activity').getByText('</td><script>').waitFor();
    await part(page, 'scim').getByText(`by Evil ${IMG}`).waitFor();
    assert.match(await page.locator('h1').textContent(), /<img src=x onerror/);
    assert.match(await part(page, 'sso').textContent(), /<img src=x onerror/);
    await button(page, 'Disable SCIM').click();
    assert.match(await page.getByRole('dialog').textContent(), /<img src=x onerror/);
    await page.getByRole('dialog').getByLabel('Type the team’s name').fill(`${IMG} Ltd`);
    assert.ok(await button(page.getByRole('dialog'), 'Disable SCIM').isEnabled());
    assert.equal(await page.locator('#app img, #app b, #app script, dialog img').count(), 0);
    assert.equal(await page.evaluate(() => window.harmed), undefined);
  });

  it('code that somebody gets into it: no inline script, handler, address or HTML is taken', async (t) => {
    const person = await Person.arrive(t);
    const page = await person.open(await Team.make());
    const tries = await page.evaluate(() => {
      const attempt = (what) => {
        try {
          what();
          return 'went through';
        } catch (error) {
          return error.name;
        }
      };
      const script = (set) => {
        const node = document.createElement('script');
        set(node);
        document.body.append(node);
      };
      return {
        html: attempt(() => { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.harmed=1">'); }),
        inner: attempt(() => { document.createElement('div').innerHTML = '<b>x</b>'; }),
        inline: attempt(() => script((node) => { node.textContent = 'window.harmed = 1'; })),
        source: attempt(() => script((node) => { node.src = 'https://evil.example/x.js'; })),
        handler: attempt(() => document.body.setAttribute('onclick', 'window.harmed = 1')),
        policy: attempt(() => trustedTypes.createPolicy('mine', { createHTML: (text) => text })),
        frame: attempt(() => { document.createElement('iframe').srcdoc = '<script>parent.harmed = 1</script>'; }),
        timer: attempt(() => { setTimeout('window.harmed = 1', 0); }),
      };
    });
    assert.deepEqual(new Set(Object.values(tries)), new Set(['TypeError']), JSON.stringify(tries));
    // What is text in the tree is no attempt to be refused, but must not run either.
    await page.evaluate(() => {
      const node = document.createElement('script');
      node.append('window.harmed = 1');
      try { document.body.append(node); } catch { /* refused at once is as good */ }
      const link = document.createElement('a');
      link.href = 'javascript:window.harmed=1';
      document.body.append(link);
      link.click();
    });
    await page.waitForTimeout(500);
    assert.equal(await page.evaluate(() => window.harmed), undefined);
    assert.ok(person.violations.length >= 6, 'and each attempt is noticed');
    person.violations = [];
    person.console = [];
    person.errors = [];
  });

  it('being sent elsewhere: it can neither ask, load nor post to another origin', async (t) => {
    const person = await Person.arrive(t);
    const page = await person.open(await Team.make());
    const outcome = await page.evaluate(async () => {
      const asked = await fetch('http://127.0.0.1:9/').then(() => 'went through', (error) => error.name);
      const picture = await new Promise((resolve) => {
        const image = new Image();
        image.onload = () => resolve('went through');
        image.onerror = () => resolve('refused');
        image.src = 'http://127.0.0.1:9/x.png';
      });
      const form = document.createElement('form');
      form.action = 'http://127.0.0.1:9/';
      document.body.append(form);
      form.submit();
      const base = document.createElement('base');
      base.href = 'http://127.0.0.1:9/';
      document.head.append(base);
      return { asked, picture, base: document.baseURI === location.href };
    });
    assert.deepEqual(outcome, { asked: 'TypeError', picture: 'refused', base: true });
    await until('all four are noticed', () => new Set(person.violations.map((each) => each.split(' ')[0])).size === 4);
    assert.equal(new URL(page.url()).origin, edge().base_url);
    person.violations = [];
    person.console = [];
    person.requests = [];
  });

  it('being framed by another site', async (t) => {
    const team = await Team.make();
    const person = await Person.arrive(t);
    await person.open(team);
    const server = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.end(`<iframe src="${edge().base_url}${team.settings()}"></iframe>`);
    });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    t.after(() => server.close());
    const page = await person.context.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await until('the refusal', () => person.console.some((line) => line.includes('frame-ancestors')));
    assert.equal(await page.frames()[1].locator('#app').count(), 0);
    await page.close();
    person.console = [];
    person.violations = [];
    person.requests = [];
  });

  it('requests of other sites in the person’s name', async (t) => {
    const team = await Team.make();
    const person = await Person.arrive(t);
    await person.open(team);
    const server = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.end(`<form method="post" action="${edge().base_url}${team.path}/scim"><button>Win a prize</button></form>`);
    });
    await new Promise((resolve) => { server.listen(0, 'localhost', resolve); });
    t.after(() => server.close());
    const page = await person.context.newPage();
    await page.goto(`http://localhost:${server.address().port}/`);
    const [answer] = await Promise.all([page.waitForResponse((each) => each.request().method() === 'POST'), page.getByRole('button').click()]);
    assert.ok([401, 403].includes(answer.status()), String(answer.status()));
    const { enabled } = await asPlatform('GET', `${team.path}/scim`);
    assert.equal(enabled, false);
    await page.close();
    person.requests = [];
    person.console = [];
  });

  it('requests of another port of the same host, which the browser gives the cookie', async (t) => {
    const team = await Team.make();
    const person = await Person.arrive(t);
    await person.open(team);
    const server = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.end(`<form method="post" action="${edge().base_url}${team.path}/scim"><button>Win a prize</button></form>`);
    });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    t.after(() => server.close());
    const page = await person.context.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const [answer] = await Promise.all([page.waitForResponse((each) => each.request().method() === 'POST'), page.getByRole('button').click()]);
    assert.equal(answer.status(), 403);
    assert.equal((await answer.json()).code, 'cross_origin');
    assert.equal((await asPlatform('GET', `${team.path}/scim`)).enabled, false);
    await page.close();
    person.requests = [];
    person.console = [];
  });

  it('copies in caches: the page and all data are not stored, its files may be', async (t) => {
    const person = await Person.arrive(t);
    const page = await person.open(await Team.make({ enabled: true }));
    await part(page, 'activity').locator('.events tbody tr').first().waitFor();
    let files = 0;
    for (const answer of person.answers.filter((each) => !each.url().includes('/public/'))) {
      const { pathname } = new URL(answer.url());
      const caching = answer.headers()['cache-control'];
      if (pathname.startsWith('/settings/static/')) {
        files += 1;
        assert.match(caching, /immutable/, pathname);
      } else {
        assert.equal(caching, 'no-store', pathname);
      }
    }
    assert.ok(files >= 2, `${files} files`);
  });

  it('growing: all that is loaded for it is below 30 KiB compressed', async (t) => {
    const person = await Person.arrive(t);
    await person.open(await Team.make());
    const own = person.answers.filter((each) => each.url().includes('/settings/') && !each.url().includes('/public/'));
    for (const answer of own) assert.equal(answer.headers()['content-encoding'], 'gzip', answer.url());
    const sizes = own.map((answer) => Number(answer.headers()['content-length']));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    t.diagnostic(`${own.length} files, ${(total / 1024).toFixed(1)} KiB compressed`);
    assert.ok(own.length >= 3 && total < 30 * 1024, `${total}`);
  });

  it('who comes without JavaScript, who is told', async (t) => {
    const team = await Team.make();
    const person = await Person.arrive(t, { javaScriptEnabled: false });
    const page = await person.context.newPage();
    await page.goto(`${edge().base_url}${team.settings()}`);
    await page.locator('noscript p').waitFor();
    assert.match(await page.locator('noscript p').textContent(), /needs JavaScript/);
  });

  it('a platform key or token in its own answers', async (t) => {
    const team = await Team.make({ enabled: true });
    const person = await Person.arrive(t);
    const page = await person.open(team);
    await button(page, 'Rotate token').waitFor();
    const bodies = (await Promise.all(person.answers.map((answer) => answer.text().catch(() => '')))).join('\n');
    assert.ok(bodies.includes(team.connection.endpoint_url));
    for (const secret of [team.connection.token, edge().platform_key]) assert.ok(!bodies.includes(secret));
    assert.ok(!bodies.includes(`${OWNER}:`));
  });
});
