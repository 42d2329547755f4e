export type { FailurePolicy } from './apply-delivery.ts';
export { type Consumer, type ConsumerStatus, createConsumer } from './consumer.ts';
export {
  type ConsumerOptions,
  ConsumerRefusedError,
  type EventRetry,
  type Ordering,
} from './consumer-options.ts';
export {
  type ConsumedEvent,
  type EventIdentity,
  type InboxEvent,
  type IncomingMessage,
  payloadOf,
} from './event.ts';
export { EventRefusedError, type FailureClass, HandlerError } from './failure.ts';
export type * from './message-source.ts';
export { type Alarm, type ConsumerObserver, type DeliveryFacts, unobserved } from './observer.ts';
export { EnvelopeError, readCloudEvent } from './read-envelope.ts';
export type { Gap, StoppedKey } from './status.sql.ts';
export { mikroOrmStorage } from './storage/mikro-orm-storage.ts';
export { pgStorage } from './storage/pg-storage.ts';
export type { Scope, Sql, Storage } from './storage/storage.ts';
export type { StoredStatus } from './upkeep.ts';
