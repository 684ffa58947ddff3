// Every test of the settings page: its modules in Node, then the page in Chromium in front of one real edge.

import { after, before } from 'node:test';

import { startChromium, stopChromium } from './chromium.js';
import { startEdge, stopEdge } from './edge.js';

before(async () => {
  await startEdge();
  await startChromium();
});
after(async () => {
  await stopChromium();
  await stopEdge();
});

await import('./unit/events.js');
await import('./unit/modes.js');
await import('./states.js');
await import('./token.js');
await import('./tabs.js');
await import('./activity.js');
await import('./keyboard.js');
await import('./security.js');
await import('./accessibility.js');
await import('./wording.js');
await import('./screenshots.js');
