import type { OrderApi } from './app.ts';

type Readiness =
  | { readonly status: 'ok' }
  | {
      readonly status: 'unavailable';
      readonly reason: 'closing' | 'starting' | 'the database does not answer';
    };

/**
 * Whether requests should come here. Says no more than it must: an address or a user name in a driver's message is
 * nobody's business here.
 *
 * @param api undefined until it listens
 * @param signal aborted once the service is closing, which no longer asks the database
 */
export async function readinessOf(
  api: Pick<OrderApi, 'databaseAnswers'> | undefined,
  signal: AbortSignal,
): Promise<Readiness> {
  if (signal.aborted) return { status: 'unavailable', reason: 'closing' };
  if (!api) return { status: 'unavailable', reason: 'starting' };
  if (await api.databaseAnswers()) return { status: 'ok' };
  return { status: 'unavailable', reason: 'the database does not answer' };
}
