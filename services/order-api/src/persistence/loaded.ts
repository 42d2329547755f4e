import type { Reference } from '@mikro-orm/postgresql';

/** A relation was read that its query did not ask for. Loading is stated per query, never done on the side. */
export class NotLoadedError extends Error {
  readonly code = 'RELATION_NOT_LOADED';

  constructor(relation: string) {
    super(`${relation} was read but not loaded: name it in the query's populate`);
    this.name = 'NotLoadedError';
  }
}

/**
 * The other end of a to-one relation.
 *
 * @param relation for the message, for example 'order.user'
 * @throws NotLoadedError when the query did not load it
 */
export function loaded<T extends object>(reference: Reference<T>, relation: string): T {
  if (!reference.isInitialized()) throw new NotLoadedError(relation);
  return reference.unwrap();
}
