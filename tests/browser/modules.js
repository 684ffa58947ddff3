// Those of the page's modules that touch no page, for Node.

import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The root of the checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url));
const source = join(root, 'src/settings');

// Copied beside a manifest: without one Node takes them for scripts of the old kind.
const folder = mkdtempSync(join(tmpdir(), 'scim-edge-settings-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
for (const name of readdirSync(source).filter((each) => each.endsWith('.js'))) {
  copyFileSync(join(source, name), join(folder, name));
}

/** One of them. */
export const module = (name) => import(pathToFileURL(join(folder, name)).href);
