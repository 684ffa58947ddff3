// The section "SCIM provisioning" in each of its states.

import { ask } from './api.js';
import { button, confirm, copyButton, h, put, say, section } from './dom.js';
import { refusedLately, sentence } from './events.js';
import { modeOf } from './mode.js';
import { texts } from './texts.js';
import { ago, clock } from './time.js';

const t = texts.scim;
const badge = (on) => h('p', { class: on ? 'badge on' : 'badge' }, on ? `● ${t.on}` : `○ ${t.off}`);

/** A value that is there to be copied. */
const copyable = (label, text) => h('div', { class: 'value' },
  h('span', { class: 'label' }, label),
  h('code', {}, text),
  copyButton(label, () => text, texts));

/** Where the page says what went wrong with a button beside it. */
function worded(run, trouble) {
  return async () => {
    trouble.hidden = true;
    try {
      await run();
    } catch (error) {
      trouble.textContent = error.message;
      trouble.hidden = false;
    }
  };
}

const alert = () => h('p', { class: 'trouble', role: 'alert', hidden: true });

function off({ actions }) {
  const trouble = alert();
  return {
    nodes: [badge(false), h('p', {}, t.intro), h('p', { class: 'hint' }, t.offInfo), trouble,
      h('div', { class: 'row' }, button(t.enable, worded(async () => (await actions.enable())(), trouble), { class: 'primary' }))],
  };
}

function fresh({ fresh: shown, actions }) {
  const away = h('button', { type: 'button', class: 'primary', disabled: true, onclick: actions.putAway }, t.putAway);
  const stored = h('input', {
    type: 'checkbox', id: 'stored', onchange: () => { away.disabled = !stored.checked; },
  });
  return {
    nodes: [badge(true), h('div', { class: 'once stack', role: 'group', 'aria-labelledby': 'fresh-title' },
      h('h3', { id: 'fresh-title', tabindex: '-1' }, t.freshTitle),
      copyable(t.url, shown.endpoint_url),
      copyable(t.token, shown.token),
      h('p', {}, h('strong', { 'aria-hidden': 'true' }, '⚠ '), t.once),
      h('div', { class: 'row' }, h('label', { class: 'check', for: 'stored' }, stored, t.stored), away))],
  };
}

function on(page) {
  const { view, actions } = page;
  const time = (stamp) => h('time', { datetime: stamp, title: clock(stamp) });
  const made = time(view.token_created_at);
  const since = time(view.enabled_at);
  const request = h('dd');
  const refusal = h('dd');
  const refusalTerm = h('dt', {}, t.lastRefusal);
  const number = (label, hint) => {
    const node = h('span', { class: 'number' });
    return [node, h('div', {}, h('dt', {}, label), h('dd', {}, node, h('span', { class: 'hint' }, hint)))];
  };
  const [provisioned, one] = number(t.provisioned, t.provisionedHint);
  const [active, two] = number(t.active, t.activeHint);
  const [refused, three] = number(t.refused, t.refusedHint);
  const rotate = () => confirm({
    title: t.rotateTitle, lines: t.rotateLines, action: t.rotate, cancel: texts.cancel, run: actions.rotate,
  });
  const disable = () => confirm({
    title: t.disableTitle, lines: t.disableLines(page.view.members), action: t.disable, cancel: texts.cancel, danger: true,
    run: actions.disable,
    extra: (allow, go) => {
      const input = h('input', {
        type: 'text', id: 'team-name', autocomplete: 'off', spellcheck: 'false',
        oninput: () => allow(input.value.trim() === view.team.name.trim()),
        onkeydown: (event) => { if (event.key === 'Enter') go(); },
      });
      return h('div', { class: 'field' }, h('label', { for: 'team-name' }, t.typeName(view.team.name)), input);
    },
  });
  return {
    nodes: [badge(true), copyable(t.url, view.endpoint_url),
      h('dl', { class: 'numbers' }, one, two, three),
      h('dl', { class: 'facts' },
        h('dt', {}, t.lastRequest), request, refusalTerm, refusal,
        h('dt', {}, t.tokenMade), h('dd', {}, made), h('dt', {}, t.enabledAt), h('dd', {}, since)),
      h('div', { class: 'row' },
        h('button', { type: 'button', onclick: rotate }, t.rotate),
        h('button', { type: 'button', class: 'danger', onclick: disable }, t.disable))],
    refresh: ({ view: now, events }) => {
      page.view = now;
      put(provisioned, now.users.toLocaleString(texts.language));
      put(active, now.active.toLocaleString(texts.language));
      put(refused, refusedLately(events, Date.now()).toLocaleString(texts.language));
      put(made, ago(now.token_created_at));
      put(since, ago(now.enabled_at));
      const last = now.last_request;
      put(request, last
        ? `${sentence(ago(last.at))} ${t.answered(last.status)}: ${t.request(last.request, last.user_agent)}` : t.noRequest);
      const turned = now.last_refusal;
      // Of no interest once a request with the right token came after it.
      const shows = Boolean(turned && (!last || turned.at > last.at));
      refusalTerm.hidden = refusal.hidden = !shows;
      if (shows) put(refusal, `${sentence(ago(turned.at))} ${t.refusals[turned.reason] ?? ''} (${t.request(turned.request, turned.user_agent)})`);
    },
  };
}

const builders = {
  'no-sso': () => ({ nodes: [badge(false), h('p', {}, t.intro), h('p', { class: 'notice' }, t.noSso)] }),
  member: ({ view }) => ({
    nodes: [badge(view.enabled), h('p', {}, view.enabled ? t.memberOn : t.memberOff),
      h('p', { class: 'notice' }, `${t.member} ${t.yourRole(view.role)} ${view.owners?.length ? t.owners(view.owners.join(', ')) : ''}`)],
  }),
  off, fresh, on,
};

/** What decides whether the section has to be built anew. */
function keyOf(page) {
  const mode = modeOf(page);
  if (!builders[mode]) return null;
  const { view, fresh: shown } = page;
  return JSON.stringify([mode, view.endpoint_url, view.token_created_at, view.team, mode === 'member' && [view.enabled, view.role, view.owners], shown?.token_created_at]);
}

export const scim = section('scim', t.title, keyOf, (page) => builders[modeOf(page)](page));

/** What an owner can do here. The token stays in `page.fresh` and nowhere else.
 *  What asks first answers what follows: where the focus goes, and what is said. */
export function actionsOf(page, refresh) {
  const base = `/v1/teams/${page.team}/scim`;
  const show = (credentials, said) => {
    page.changes += 1;
    page.fresh = credentials;
    page.notice = null;
    page.view = { ...page.view, enabled: true, endpoint_url: credentials.endpoint_url, enabled_at: credentials.enabled_at, token_created_at: credentials.token_created_at };
    refresh();
    return () => {
      document.getElementById('fresh-title')?.focus();
      say(said);
    };
  };
  return {
    enable: async () => show(await ask('POST', base), t.enabled),
    rotate: async () => show(await ask('POST', `${base}/rotate`), t.rotated),
    disable: async () => {
      await ask('DELETE', base);
      page.changes += 1;
      page.fresh = null;
      page.view = { ...page.view, enabled: false, endpoint_url: undefined };
      refresh();
      return () => {
        scim.heading.focus();
        say(t.disabled);
      };
    },
    putAway: () => {
      page.fresh = null;
      refresh();
      scim.heading.focus();
      say(t.putAwayDone);
    },
  };
}
