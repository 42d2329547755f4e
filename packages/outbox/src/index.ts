export { DOORBELL_CHANNEL, doorbellMessage } from './doorbell-channel.ts';
export {
  createEnqueue,
  createInsertOfEvents,
  type Enqueue,
  InvalidEventError,
  type InsertOfEvents,
} from './enqueue.ts';
export type { OutboxEvent } from './event.ts';
export { type Lane, LaneDirectory, UnknownTopicError } from './lanes/lane-directory.ts';
export { partitionOf } from './lanes/murmur2.ts';
export { readLanes } from './lanes/read-lanes.ts';
export { OutboxEventEntity } from './outbox-event.entity.ts';
export {
  type OutgoingMessage,
  type PublishBatch,
  PublishError,
  type Publisher,
  type PublishReceipt,
} from './publisher.ts';
