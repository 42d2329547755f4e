import { defineEntity, type EntityManager, LockMode, p } from '@mikro-orm/postgresql';
import type { Enqueue } from '@waybill/outbox';

/** An invoice; `version` numbers its events. */
export const Invoice = defineEntity({
  name: 'Invoice',
  tableName: 'invoice',
  properties: {
    id: p.uuid().primary(),
    customer: p.text(),
    cents: p.integer(),
    state: p.enum(['issued', 'paid'] as const),
    version: p.integer(),
  },
});

interface Draft {
  readonly id: string;
  readonly customer: string;
  readonly cents: number;
}

/** The invoice and its event are one unit of work: both are committed, or neither. */
export async function issueInvoice(em: EntityManager, enqueue: Enqueue, draft: Draft): Promise<void> {
  await em.transactional(async (tx) => {
    tx.persist(tx.create(Invoice, { ...draft, state: 'issued', version: 1 }));
    enqueue(tx, {
      topic: 'invoice',
      key: draft.id,
      version: 1,
      type: 'example.invoice.issued.v1',
      payload: JSON.stringify({ id: draft.id, cents: draft.cents }),
      headers: { 'content-type': 'application/json' },
    });
  });
}

/** The lock keeps two payments apart, so that the versions of an invoice have no gap and no twin. */
export async function payInvoice(em: EntityManager, enqueue: Enqueue, id: string): Promise<void> {
  await em.transactional(async (tx) => {
    const invoice = await tx.findOneOrFail(Invoice, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (invoice.state === 'paid') throw new Error(`invoice ${id} is paid already`);
    invoice.state = 'paid';
    invoice.version += 1;
    enqueue(tx, {
      topic: 'invoice',
      key: id,
      version: invoice.version,
      type: 'example.invoice.paid.v1',
      payload: JSON.stringify({ id }),
      headers: { 'content-type': 'application/json' },
    });
  });
}
