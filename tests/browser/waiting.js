// Waiting, with an end.

export const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Asks again and again until `look` answers something; gives up after `patience` milliseconds. */
export async function until(what, look, patience = 30000) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${patience} ms`);
    await pause(50);
  }
}
