// The read-only section on single sign-on, and the guide to identity providers.

import { copyButton, h, put, section } from './dom.js';
import { idps } from './idps.js';
import { modeOf } from './mode.js';
import { texts } from './texts.js';

export const sso = section('sso', texts.sso.title, ({ view }) => view && JSON.stringify([view.sso, view.verified_domains]), ({ view }) => {
  const t = texts.sso;
  const fact = (term, text) => [h('dt', {}, term), h('dd', {}, text)];
  const domains = view.verified_domains;
  return {
    nodes: [
      h('dl', { class: 'facts' },
        fact(t.protocol, t.protocols[view.sso.type] ?? view.sso.type),
        view.sso.issuer ? fact(t.issuer, view.sso.issuer) : [],
        domains ? fact(t.domains, domains.length ? domains.join(', ') : t.anyDomain) : []),
      h('p', { class: 'hint' }, t.readOnly),
    ],
  };
});

/** Which one was chosen: kept while the section is built anew. */
let chosen = idps[0];

const shown = new Set(['off', 'fresh', 'on']);

export const guide = section('idp', texts.idp.title, (page) => {
  const mode = modeOf(page);
  return shown.has(mode) ? JSON.stringify([mode === 'fresh', page.view.endpoint_url]) : null;
}, (page) => {
  const t = texts.idp;
  const url = page.view.endpoint_url;
  const value = (name, text) => {
    if (text === '{token}') return [page.fresh ? t.tokenAbove : url ? t.tokenStored : t.tokenFirst];
    if (text === '{url}' && !url) return [t.urlFirst];
    if (text !== '{url}' && !text.startsWith('{')) return [text];
    const full = text === '{url}' ? url : text;
    return [h('code', {}, full), ' ', copyButton(name, () => full, texts)];
  };
  const body = h('div', { class: 'stack' });
  const draw = () => {
    const { name, steps, fields, test, note } = chosen;
    body.replaceChildren(
      h('ol', {}, steps.map((step) => h('li', {}, step))),
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `${t.fields}: ${name}` },
        h('table', {}, h('caption', {}, `${t.fields}: ${name}`),
          h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t.field), h('th', { scope: 'col' }, t.value))),
          h('tbody', {}, fields.map(([field, text]) => h('tr', {}, h('th', { scope: 'row' }, field), h('td', {}, value(field, text))))))),
      h('p', {}, h('strong', {}, `${t.test}: `), test ?? t.noTest),
      h('p', {}, h('strong', {}, `${t.note}: `), note));
  };
  const choice = h('select', {
    id: 'idp-choice',
    onchange: () => {
      chosen = idps.find(({ id }) => id === choice.value);
      draw();
    },
  }, idps.map(({ id, name }) => h('option', { value: id, selected: id === chosen.id }, name)));
  draw();
  return { nodes: [h('div', { class: 'field' }, h('label', { for: 'idp-choice' }, t.choose), choice), body] };
});
