export {
  type ConsumerOptions,
  type ConsumerPatience,
  type ConsumerState,
  type FailingPartition,
  type ReceivedBatch,
  runConsumer,
} from './consumer.ts';
export { kafkaDeadLetterTopics } from './dead-letter-topics.ts';
export { describeTopics, type TopicDescription } from './describe-topics.ts';
export { type EnsuredTopics, ensureTopics, TopicMismatchError, type TopicSpec } from './ensure-topics.ts';
export { type ClientFailureCode, type Failure, KafkaRequestError } from './failure.ts';
export type { Log } from './log.ts';
export { kafkaMessageSource, type MessageSourceOptions } from './message-source.ts';
export { UnpatchedKafkaJsError } from './patch-check.ts';
export { KafkaPublishError } from './publish-error.ts';
export { createKafkaPublisher, type KafkaPublisherOptions } from './publisher.ts';
export { type ReadTopicOptions, readTopic, UnknownPartitionError } from './read-topic.ts';
export type { ReceivedMessage } from './received-message.ts';
export type { KafkaSettings, SaslCredentials, TlsSettings } from './settings.ts';
export { StaleConsumerError } from './stalled-partitions.ts';
