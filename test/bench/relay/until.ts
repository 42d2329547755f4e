import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until `check` holds.
 *
 * @throws Error naming `what` after `limitMs`
 */
export async function until(
  what: string,
  check: () => Promise<boolean>,
  { everyMs, limitMs }: { readonly everyMs: number; readonly limitMs: number },
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limitMs / 1_000} s`);
    await delay(everyMs);
  }
}
