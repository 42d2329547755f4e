import { type Application, gateKeyOf, lockKeys } from '../apply-batch.ts';
import { advanceGates, stopGate } from '../gate.sql.ts';
import { releaseKept } from '../kept.sql.ts';
import { planBatch } from '../plan.ts';
import type { Burial, FailurePolicy } from '../apply-delivery.ts';
import { reasonOf } from './reason.ts';
import { recordDeadLetter } from './record.sql.ts';

/**
 * Gives up a stored event whose turn it is: in one transaction it leaves the store, becomes a dead letter, and its key
 * stops, or goes on as if it had been applied.
 *
 * @returns whether it was given up; false when another member has moved the key meanwhile
 */
export async function bury<Tx, Data>(
  { storage, group, order, onDivergence }: Application<Tx, Data>,
  onPoison: FailurePolicy['onPoison'],
  { event, error, attempts }: Burial,
): Promise<boolean> {
  const gateKey = gateKeyOf(order, event);
  return await storage.transaction(async ({ sql }) => {
    const states = await lockKeys(sql, group, [gateKey], { order, size: 1, arriving: [] });
    const plan = planBatch({ order, onDivergence, limit: 1 }, states, new Map());
    const [next] = plan.apply;
    if (next?.version !== event.version) return false;
    await releaseKept(sql, group, [{ gateKey, version: next.version }]);
    await recordDeadLetter(sql, group, {
      message: next,
      messageKey: next.key,
      place: { gateKey, identity: next },
      ...reasonOf(error),
      attempts,
    });
    if (onPoison === 'successors go on') await advanceGates(sql, group, plan.advances);
    else await stopGate(sql, group, { key: gateKey, version: next.version, reason: 'poison' });
    return true;
  });
}
