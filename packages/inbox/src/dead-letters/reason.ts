import { EventRefusedError, HandlerError } from '../failure.ts';

/** Characters of an error's message that are kept. */
const detailLimit = 500;

/**
 * What a dead letter says about its error. The error's message may hold what was in the event, and stands beside it:
 * it belongs into the dead letter and into no log.
 */
export function reasonOf(error: unknown): { readonly reason: string; readonly detail: string } {
  const cause = error instanceof HandlerError || error instanceof EventRefusedError ? error.cause : error;
  if (!(cause instanceof Error)) return { reason: 'unknown', detail: 'what was thrown is no error' };
  const code: unknown = Reflect.get(cause, 'code');
  return {
    reason: typeof code === 'string' ? code : cause.name,
    detail: cause.message.replaceAll('\0', '\ufffd').slice(0, detailLimit),
  };
}
