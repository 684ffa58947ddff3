// The page: asks how things are, again and again while somebody looks, and shows it.

import { activity, loadNew } from './activity.js';
import { ask, Problem } from './api.js';
import { h, put, say } from './dom.js';
import { modeOf, overtaken } from './mode.js';
import { actionsOf, scim } from './scim.js';
import { guide, sso } from './setup.js';
import { texts } from './texts.js';
import { trial } from './trial.js';

/** How often the page asks, in milliseconds: an owner's, somebody else's, and where something is wrong. */
const OFTEN = 500;
const SELDOM = 4000;
const TROUBLED = 2500;

const page = {
  team: location.pathname.split('/').filter(Boolean).at(2) ?? '',
  view: null, trouble: null, fresh: null, notice: null, changes: 0,
  events: [], loaded: false, oldest: false,
};
const sections = [sso, scim, guide, trial, activity];
const heading = h('h1', { tabindex: '-1' }, texts.title);
const state = h('div', { class: 'card', id: 'state' });
const notice = h('p', { class: 'notice', role: 'alert', hidden: true });
const offline = h('p', { class: 'notice', role: 'status', hidden: true }, texts.offline);

document.documentElement.lang = texts.language;
document.getElementById('app').append(
  h('header', {}, heading),
  h('main', {}, offline, notice, state, sections.map((each) => each.node)));

let shownState = null;

/** The card in place of all sections, where there is nothing else to see. */
function showState(mode) {
  const [title, text] = texts.states[mode] ?? [];
  state.hidden = !title && mode !== 'loading';
  if (mode === shownState) return;
  shownState = mode;
  if (title) {
    state.replaceChildren(h('h2', {}, title), h('p', {}, text));
    say(`${title}. ${text}`);
  } else {
    state.replaceChildren(...(mode === 'loading' ? [h('p', {}, texts.loading), h('progress', { 'aria-label': texts.loading })] : []));
  }
}

/** A token is shown only as long as it is worth something, and the person may see it. */
function refuseOvertaken() {
  const why = overtaken(page);
  if (!why) return;
  page.fresh = null;
  page.notice = texts.scim.overtaken[why];
}

page.show = () => {
  refuseOvertaken();
  const mode = modeOf(page);
  const nothing = Boolean(texts.states[mode]) || mode === 'loading';
  const name = page.view?.team?.name;
  put(heading, name && !nothing ? texts.titleOf(name) : texts.title);
  document.title = heading.textContent;
  showState(mode);
  offline.hidden = nothing || !page.trouble;
  notice.hidden = !page.notice;
  put(notice, page.notice ?? '');
  for (const each of sections) each.show(page);
};
page.actions = actionsOf(page, () => page.show());

let timer = 0;
let asking = false;

/** Asks how things are, and plans to ask again. */
async function poll() {
  if (asking || document.hidden) return;
  asking = true;
  clearTimeout(timer);
  let pause = OFTEN;
  const { changes } = page;
  try {
    const view = await ask('GET', `/v1/teams/${page.team}/scim`);
    // What was asked before a change tells nothing about it.
    if (changes === page.changes) {
      page.view = view;
      page.trouble = null;
    }
    // A team that was put in place from a file has another log.
    if (view.newest_event < (page.events[0]?.n ?? 0)) Object.assign(page, { events: [], loaded: false, oldest: false });
    if (view.role !== 'owner') pause = SELDOM;
    else if (view.newest_event > (page.events[0]?.n ?? 0)) await loadNew(page);
    else page.loaded = true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    page.trouble = error;
    // Nothing of the team stays on the screen of who may not see it.
    if ([401, 403, 404].includes(error.status)) Object.assign(page, { view: null, events: [], loaded: false, oldest: false });
    pause = Math.max(TROUBLED, error.retryAfter * 1000);
  } finally {
    asking = false;
    page.show();
    timer = setTimeout(poll, pause);
  }
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(timer);
  poll();
});
addEventListener('beforeunload', (event) => {
  if (!page.fresh) return;
  event.preventDefault();
  event.returnValue = texts.scim.leave;
});
// A browser may keep the page to come back to it, with all that is on it.
addEventListener('pagehide', () => {
  page.fresh = null;
  page.show();
});
addEventListener('pageshow', (event) => {
  if (event.persisted) poll();
});

page.show();
poll();
