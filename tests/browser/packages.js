// What `cargo xtask test` has made ready, by the variables that it sets.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The value of a variable that the tests cannot do without. */
export function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests by \`cargo xtask test --browser\``);
  return value;
}

const folder = () => given('SCIM_EDGE_BROWSER_PACKAGES');

/** Playwright's driver. */
export const playwright = () => createRequire(join(folder(), 'package.json'))('playwright-core');

/** The source of axe. */
export const axeSource = () => readFileSync(join(folder(), 'node_modules/axe-core/axe.min.js'), 'utf8');
