export type { Log } from './log.ts';
export { UnpatchedKafkaJsError } from './patch-check.ts';
export { type ClientFailureCode, KafkaPublishError } from './publish-error.ts';
export { createKafkaPublisher, type KafkaPublisherOptions } from './publisher.ts';
export type { KafkaSettings } from './settings.ts';
