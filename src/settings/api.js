// The management API, asked as the person who is signed in.

import { texts } from './texts.js';

/** How long an answer may take, in milliseconds. */
const PATIENCE = 15000;

/** Why something was not done, with what to do next as its message. */
export class Problem extends Error {
  constructor(status, code, detail, retryAfter = 0) {
    super(texts.whatToDo(status, code, detail));
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** Asks for `path` of the management API. Answers the document, or null where there is none. */
export async function ask(method, path) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new Problem(0, method === 'GET' ? 'offline' : 'lost', '');
  }
  if (answer.status === 204) return null;
  let document = {};
  try {
    document = await answer.json();
  } catch {
    if (answer.ok) throw new Problem(0, 'lost', '');
  }
  if (answer.ok) return document;
  throw new Problem(answer.status, document.code, document.detail, Number(answer.headers.get('retry-after')) || 0);
}
