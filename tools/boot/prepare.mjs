import { withCheckoutLock } from "./checkout-lock.mjs";
import { showProgress } from "./progress.mjs";

/**
 * A step that is done again only when what it depends on has changed.
 * @typedef {{
 *   doing: string,
 *   done: string,
 *   isCurrent: () => boolean,
 *   run: () => Promise<string[]>,
 * }} Step `doing` and `done` are what is shown ("installing", "installed"); `run` resolves to remarks to show.
 */

/**
 * Brings each step up to date, in order. The lock is taken only when there is work: a stamp exists only after its
 * step is complete, so one that matches can be trusted without it.
 * @param {string} root
 * @param {((root: string) => Step)[]} steps
 */
export async function prepare(root, steps) {
  if (steps.every((step) => step(root).isCurrent())) return;
  await withCheckoutLock(root, async () => {
    for (const makeStep of steps) {
      const step = makeStep(root); // Made anew: what it depends on may have changed while the lock was awaited.
      if (!step.isCurrent()) await showProgress(step);
    }
  });
}
