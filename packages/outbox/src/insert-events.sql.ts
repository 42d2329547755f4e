import type { OutboxEvent } from './event.ts';

export interface LanedEvent extends OutboxEvent {
  readonly lane: number;
}

/** A statement to be executed, with `?` in the place of each parameter. */
export interface Insert {
  readonly sql: string;
  readonly params: readonly [string];
}

/**
 * All events in one statement, in their order, so `seq` rises with it. Costs, per row, an entry in each index of the
 * day's partition. JSON because one parameter of any length is read faster than a value each.
 */
export function insertEvents(events: readonly LanedEvent[]): Insert {
  return {
    sql: `insert into outbox (topic, key, version, type, lane, payload, headers)
     select topic, key, version, type, lane, payload, headers
     from json_to_recordset(?::json) as event
       (topic text, key text, version integer, type text, lane smallint, payload text, headers text)`,
    params: [JSON.stringify(events)],
  };
}
