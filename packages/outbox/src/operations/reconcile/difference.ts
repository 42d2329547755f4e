/** What two of orders, outbox, receipts and the broker may disagree on. */
export type DifferenceKind =
  /** An aggregate's version has no event. */
  | 'EVENT_MISSING'
  /** The outbox has events beyond an aggregate's version. */
  | 'AGGREGATE_BEHIND'
  /** An aggregate's newest event is in another topic than its state says. */
  | 'OTHER_TOPIC'
  /** The outbox has events of something that does not exist. */
  | 'AGGREGATE_MISSING'
  /** A version between others of its key has no event. */
  | 'VERSION_GAP'
  /** An event that waits for longer than it should. */
  | 'NOT_PUBLISHED'
  /** Published into a log that the broker lost, and not again since. */
  | 'LOST'
  /** The broker holds nothing where the receipt says. */
  | 'RECORD_MISSING'
  /** The broker holds another event where the receipt says. */
  | 'OTHER_EVENT'
  /** The broker holds the event there with another value or other headers. */
  | 'OTHER_BYTES'
  /** A receipt of an event that the outbox does not have. */
  | 'RECEIPT_UNKNOWN'
  /** A receipt whose offsets are not above those before it. */
  | 'RECEIPT_OVERLAPS'
  /** The broker holds a record that is no event of the outbox. */
  | 'RECORD_UNKNOWN';

/** One difference, with what is needed to look it up. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly topic: string;
  readonly key: string;
  /** In a sentence. */
  readonly what: string;
  readonly lane?: number;
  readonly seq?: bigint;
  readonly version?: number;
  readonly partition?: number;
  readonly offset?: bigint;
}
