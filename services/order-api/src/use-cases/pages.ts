/** Part of a list. `more` tells whether the list goes on behind the last item. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

/**
 * Asks for one item more than the page holds: its presence is the answer to "is there more", without a count.
 *
 * @param limit items on the page
 * @param read gets the number of items to ask for
 */
export async function readPage<T>(
  limit: number,
  read: (limit: number) => Promise<readonly T[]>,
): Promise<Page<T>> {
  const found = await read(limit + 1);
  return { items: found.slice(0, limit), more: found.length > limit };
}
