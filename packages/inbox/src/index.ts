export { applyBatch, type Batch, type BatchOutcome } from './apply-batch.ts';
export { DivergedEventError } from './diverged-event-error.ts';
export type { InboxEvent } from './event.ts';
