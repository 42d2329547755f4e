import { defineEntity, p } from '@mikro-orm/core';

/**
 * The outbox as the writing side sees it. Only columns that the writer sets are mapped: `seq`, `xid` and `created_at`
 * are the database's, the writer's role may not touch them, and leaving them out keeps MikroORM from asking for
 * them back with `returning`. The ORM's key is the event's identity; the table has no such constraint, because the
 * owner of the version (the aggregate's row) already guards it.
 */
export const OutboxEventEntity = defineEntity({
  name: 'OutboxEvent',
  tableName: 'outbox',
  properties: {
    topic: p.text().primary(),
    key: p.text().primary(),
    version: p.integer().primary(),
    type: p.text(),
    lane: p.smallint(),
    payload: p.text(),
    headers: p.json().columnType('text').$type<Readonly<Record<string, string>>>(),
  },
});
