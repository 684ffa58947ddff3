// The section "Test connection".

import { ask } from './api.js';
import { button, h, say, section } from './dom.js';
import { modeOf } from './mode.js';
import { texts } from './texts.js';

const t = texts.trial;

function table(steps) {
  const row = (step) => h('tr', {},
    h('th', { scope: 'row' }, t.steps[step.step] ?? step.step),
    h('td', {}, h('code', {}, step.request)),
    h('td', {}, step.ok ? String(step.status) : `${step.status}, ${t.expected(step.expected)}`),
    h('td', { class: 'figure' }, `${step.ms} ms`),
    h('td', {}, step.ok ? h('span', { class: 'good' }, `✓ ${t.good}`) : h('span', { class: 'bad' }, `✗ ${t.bad}`),
      step.detail ? h('span', { class: 'hint block' }, step.detail) : null));
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t.caption },
    h('table', {}, h('caption', {}, t.caption),
      h('thead', {}, h('tr', {}, t.columns.map((column) => h('th', { scope: 'col' }, column)))),
      h('tbody', {}, steps.map(row))));
}

export const trial = section('trial', t.title, (page) => (['on', 'fresh'].includes(modeOf(page)) ? 'on' : null), ({ team }) => {
  const result = h('div', { class: 'stack', id: 'trial-result' });
  const run = async () => {
    result.replaceChildren(h('progress', { 'aria-label': t.running }), h('p', {}, t.running));
    say(t.running);
    try {
      const { steps } = await ask('POST', `/v1/teams/${team}/scim/test`);
      const failed = steps.filter((step) => !step.ok).length;
      const all = Math.round(steps.reduce((sum, step) => sum + step.ms, 0) * 100) / 100;
      const summary = failed ? t.failed(failed) : t.passed(steps.length, all);
      result.replaceChildren(h('p', { class: failed ? 'trouble' : 'notice' }, failed ? '✗ ' : '✓ ', summary), table(steps));
      say(summary);
    } catch (error) {
      result.replaceChildren(h('p', { class: 'trouble', role: 'alert' }, error.message));
    }
  };
  return {
    nodes: [h('p', {}, t.intro), h('p', { class: 'hint' }, t.outside), h('div', { class: 'row' }, button(t.run, run)), result],
  };
});
