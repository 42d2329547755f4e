/**
 * The marker that stands where an operator discarded an event: same key, id and version, an empty value. The relay
 * writes it for whatever type the event had.
 */
export const discardedEvent = {
  type: 'waybill.event.discarded.v1',
  title: 'Event discarded',
  summary:
    'An operator discarded an event that Kafka would not take; this stands in its place with its key, id and version, and without data. Count the version as seen and apply nothing.',
} as const;
