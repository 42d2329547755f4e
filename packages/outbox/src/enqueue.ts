import type { EntityManager } from '@mikro-orm/postgresql';
import type { OutboxEvent } from './event.ts';
import type { LaneDirectory } from './lanes/lane-directory.ts';
import { type Insert, insertEvents, type LanedEvent } from './insert-events.sql.ts';
import { OutboxEventEntity } from './outbox-event.entity.ts';

/** Adds the event to the unit of work of `em`; it is written by the flush that writes the change it tells of. */
export type Enqueue = (em: EntityManager, event: OutboxEvent) => void;

/** Kafka would take more, but a key is an id, and it is stored in an index. */
const MAX_KEY_BYTES = 255;

/** An event that must not enter the outbox. */
export class InvalidEventError extends Error {
  readonly code = 'OUTBOX_INVALID_EVENT';

  constructor(message: string) {
    super(message);
    this.name = 'InvalidEventError';
  }
}

/**
 * @returns a function that throws {@link InvalidEventError} for an empty or long key or a version below 1,
 * UnknownTopicError for a topic without lanes, and otherwise persists the event without any query
 */
export function createEnqueue(lanes: LaneDirectory): Enqueue {
  return (em, event) => {
    em.persist(em.create(OutboxEventEntity, laned(lanes, event)));
  };
}

/**
 * The statement that writes the events, in their order. It returns nothing, and may stand in a WITH beside the
 * statement that writes the change they tell of.
 */
export type InsertOfEvents = (events: readonly OutboxEvent[]) => Insert;

/** For units of work with many events. Refuses what {@link createEnqueue} refuses. */
export function createInsertOfEvents(lanes: LaneDirectory): InsertOfEvents {
  return (events) => insertEvents(events.map((event) => laned(lanes, event)));
}

function laned(lanes: LaneDirectory, event: OutboxEvent): LanedEvent {
  const keyBytes = Buffer.byteLength(event.key);
  if (keyBytes === 0 || keyBytes > MAX_KEY_BYTES) {
    throw new InvalidEventError(`an event's key has 1 to ${MAX_KEY_BYTES} bytes, not ${keyBytes}`);
  }
  if (!Number.isSafeInteger(event.version) || event.version < 1) {
    throw new InvalidEventError(`an event's version is 1, 2, 3 …, not ${event.version}`);
  }
  return { ...event, lane: lanes.laneOf(event.topic, event.key) };
}
