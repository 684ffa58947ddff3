// The pictures of the page in docs/screenshots. With SCIM_EDGE_SCREENSHOTS=1 they are made anew.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe as suite, it } from 'node:test';

import { part } from './chromium.js';
import { root } from './modules.js';
import { scenes } from './scenes.js';

const folder = join(root, 'docs/screenshots');
const SCHEMES = ['light', 'dark'];
/** How large a picture may be, in bytes. */
const MOST = 150 * 1024;
/** How much of a part is shown, in pixels. */
const TALLEST = 1100;

const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const shots = [
  ...scenes.map((scene) => ({ ...scene, how: {}, wide: 1280 })),
  ...scenes.filter(({ name }) => name === 'token' || name === 'on').map((scene) => ({ ...scene, name: `phone-${scene.name}`, how: phone, wide: 780 })),
];

async function picture(page, where) {
  if (!where) return page.screenshot({ animations: 'disabled' });
  const { y, height } = await part(page, where).boundingBox();
  const top = y + await page.evaluate(() => scrollY);
  return page.screenshot({ animations: 'disabled', fullPage: true, clip: { x: 0, y: top - 16, width: 1280, height: Math.min(height + 32, TALLEST) } });
}

/** Width and height of a PNG. */
function size(png) {
  assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

suite('the pictures of the page', () => {
  if (process.env.SCIM_EDGE_SCREENSHOTS === '1') {
    for (const { name, show, where, how } of shots) {
      it(`${name} is taken`, async (t) => {
        const { page } = await show(t, how);
        mkdirSync(folder, { recursive: true });
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          writeFileSync(join(folder, `${name}-${colorScheme}.png`), await picture(page, where));
        }
      });
    }
  }

  const wanted = shots.flatMap(({ name, wide }) => SCHEMES.map((scheme) => [`${name}-${scheme}.png`, wide]));

  it('are those of every state, light and dark, and no others', () => {
    assert.deepEqual(readdirSync(folder).sort(), wanted.map(([file]) => file).sort());
  });

  it('are as wide as they should be, and small', () => {
    for (const [file, wide] of wanted) {
      const png = readFileSync(join(folder, file));
      assert.equal(size(png)[0], wide, file);
      assert.ok(png.length <= MOST, `${file} has ${png.length} bytes`);
    }
  });

  it('are shown in docs/settings.md', () => {
    const text = readFileSync(join(root, 'docs/settings.md'), 'utf8');
    const missing = wanted.map(([file]) => file).filter((file) => !text.includes(`(screenshots/${file})`) && !text.includes(`"screenshots/${file}"`));
    assert.deepEqual(missing, []);
  });
});
