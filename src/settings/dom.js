// Elements, made without a line of HTML: values of teams and people only ever become text.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An element. Attributes that are null or false are left out; `on…` are listeners. */
export const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

/** An element of SVG. */
export const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const spoken = h('p', { role: 'status', class: 'unseen', id: 'spoken' });
document.body.append(spoken);

/** Has screen readers say something. */
export function say(text) {
  // The same text twice would be said once.
  spoken.textContent = spoken.textContent === text ? `${text}\u00a0` : text;
}

/** Sets a text, where it is another one: who selects or hears it is not disturbed. */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A button that can be pressed once at a time, and says so while it works. */
export function button(label, press, attributes = {}) {
  const node = h('button', { type: 'button', ...attributes }, label);
  node.addEventListener('click', async () => {
    if (node.ariaDisabled === 'true') return;
    node.ariaDisabled = 'true';
    node.ariaBusy = 'true';
    try {
      await press(node);
    } finally {
      node.ariaDisabled = null;
      node.ariaBusy = null;
    }
  });
  return node;
}

/** Copies a text, and says so beside the button and aloud. */
export function copyButton(what, text, texts) {
  const label = h('span', {}, texts.copy);
  // What is heard begins with what is seen (WCAG 2.5.3).
  const name = (node, short, long) => {
    put(label, short);
    node.ariaLabel = long;
  };
  return button(label, async (node) => {
    let said = texts.copied(what);
    try {
      await navigator.clipboard.writeText(text());
      name(node, texts.copiedShort, said);
    } catch {
      const value = node.parentElement.querySelector('code');
      if (value) getSelection().selectAllChildren(value);
      said = texts.copyFailed(what);
      name(node, texts.copyByHand, texts.copyByHandLabel(what));
    }
    say(said);
    setTimeout(() => name(node, texts.copy, texts.copyLabel(what)), 4000);
  }, { class: 'quiet', 'aria-label': texts.copyLabel(what) });
}

/** A part of the page. It is built anew when `keyOf` says so (null: hidden), else only refreshed. */
export function section(id, title, keyOf, build) {
  const heading = h('h2', { id: `${id}-title`, tabindex: '-1' }, title);
  const body = h('div', { class: 'stack' });
  const node = h('section', { id, class: 'card', 'aria-labelledby': heading.id, hidden: true }, heading, body);
  let key = null;
  let refresh = null;
  const show = (page) => {
    const next = keyOf(page);
    node.hidden = next === null;
    if (next !== key) {
      const held = body.contains(document.activeElement);
      key = next;
      refresh = null;
      body.replaceChildren();
      if (next !== null) {
        const built = build(page);
        body.append(...built.nodes.filter(Boolean));
        refresh = built.refresh;
        if (held) heading.focus();
      }
    }
    refresh?.(page);
  };
  return { node, heading, show };
}

/** Asks before something is done. `run` does it, and answers what follows once the dialog is gone. `extra` gives what else
 *  stands in the dialog, from a function that is to be told whether to go on, and one that goes on. */
export function confirm({ title, lines, extra, action, cancel, run, danger }) {
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  const trouble = h('p', { class: 'trouble', role: 'alert', hidden: true });
  let allowed = !extra;
  const go = button(action, async () => {
    if (!allowed) return;
    trouble.hidden = true;
    try {
      const goOn = await run();
      // Nothing outside of an open dialog can have the focus, or is read aloud.
      dialog.close();
      goOn();
    } catch (error) {
      trouble.textContent = error.message;
      trouble.hidden = false;
    }
  }, { class: danger ? 'danger' : 'primary', disabled: !allowed });
  const dialog = h('dialog', { 'aria-labelledby': id, 'aria-describedby': `${id}-text` },
    h('h2', { id, tabindex: '-1' }, title),
    h('div', { id: `${id}-text`, class: 'stack' }, lines.length > 1 ? h('ul', {}, lines.map((line) => h('li', {}, line))) : h('p', {}, lines)),
    extra?.((now) => { allowed = now; go.disabled = !now; }, () => go.click()),
    trouble,
    h('div', { class: 'row end' }, h('button', { type: 'button', onclick: () => dialog.close() }, cancel), go));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
