export type Close = () => void | Promise<void>;

/**
 * Closes the last one opened first, one after the other. A closer that fails does not keep the others open.
 *
 * @returns the errors, in the order in which they occurred
 */
export async function closeInReverse(closers: readonly Close[]): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const close of closers.toReversed()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}
