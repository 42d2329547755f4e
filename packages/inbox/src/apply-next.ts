import { type Application, applyEvents, lockKeys, storePlan } from './apply-batch.ts';
import type { InboxEvent } from './event.ts';
import { planBatch } from './plan.ts';

/** What came of one step of one key. */
export type Step =
  | { readonly state: 'nothing to do' }
  | { readonly state: 'applied' }
  | { readonly state: 'failed'; readonly event: InboxEvent; readonly error: unknown };

/**
 * Applies the one stored event behind a gate whose turn it is, in a transaction of its own.
 *
 * @throws what fails before it is known which event that is
 */
export async function applyNext<Tx, Data>(
  application: Application<Tx, Data>,
  gateKey: string,
): Promise<Step> {
  const { storage, group, order, onDivergence } = application;
  let event: InboxEvent | undefined;
  try {
    return await storage.transaction<Step>(async (scope) => {
      const states = await lockKeys(scope.sql, group, [gateKey], { order, size: 1, arriving: [] });
      const plan = planBatch({ order, onDivergence, limit: 1 }, states, new Map());
      event = plan.apply[0];
      if (event === undefined) return { state: 'nothing to do' };
      await applyEvents(application, scope, plan.apply);
      await storePlan(scope.sql, application, plan);
      return { state: 'applied' };
    });
  } catch (error) {
    if (event === undefined) throw error;
    return { state: 'failed', event, error };
  }
}
