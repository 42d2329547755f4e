import type { OutgoingMessage } from '../publisher.ts';
import { encodeHeaders, withRecordHeaders } from '../record-headers.ts';
import type { Step } from './cursor.ts';
import { UnsendableEventError } from './failure-class.ts';
import { encodeFlatHeaders } from './flat-headers.ts';
import type { OutboxRow } from './read-batch.sql.ts';

/** The type of the event that is sent in place of one that an operator discarded: same id and version, no data. */
export const DISCARDED_TYPE = 'waybill.event.discarded.v1';

/** An event that is put aside: refused by the broker, or behind one of its key that was. */
export interface ParkedEvent {
  readonly seq: bigint;
  /** The broker's error name, or {@link PREDECESSOR_PARKED}. */
  readonly reason: string;
  readonly detail: string;
  /** 1 for the event that was refused, 0 for those behind it. */
  readonly attempts: number;
  /** ms until it is tried again; null when something else has to happen first. */
  readonly retryInMs: number | null;
}

/** Why an event is parked that nobody refused: an earlier one of its key is. */
export const PREDECESSOR_PARKED = 'PREDECESSOR_PARKED';

/** An event that was parked, as it lies there. */
export interface ParkedRow extends OutboxRow {
  readonly reason: string;
  readonly attempts: number;
  readonly wish: 'redrive' | 'discard' | null;
}

/** A step of the cursor, less the events that are parked as it is taken. */
export interface StepDelivery {
  readonly kind: 'step';
  readonly rows: readonly OutboxRow[];
  readonly step: Step;
  readonly parked: readonly ParkedEvent[];
}

/** Parked events of one key, from its first one on. */
export interface RedriveDelivery {
  readonly kind: 'redrive';
  readonly rows: readonly ParkedRow[];
  readonly key: string;
}

/** An event that was published, or its marker where an operator discarded it. */
export interface ReplayedRow extends OutboxRow {
  readonly isDiscarded: boolean;
}

/** Published events once more. */
export interface ReplayDelivery {
  readonly kind: 'replay';
  readonly rows: readonly ReplayedRow[];
  readonly replayId: bigint;
  /** How far the replay is when the rows are there. */
  readonly position: bigint;
  readonly isLast: boolean;
}

/** What a lane's one send slot is used for; each kind is recorded in its own way. Without rows nothing is sent. */
export type Delivery = StepDelivery | RedriveDelivery | ReplayDelivery;

/**
 * @param blocked the seq of the first parked event by key
 * @returns the step as it may be sent meanwhile: what would overtake a parked event joins it. What comes before it was
 *   published, and comes once more after a restore: parked, it would be its key's first one, which nothing makes due.
 */
export function deliveryOf(step: Step, blocked: ReadonlyMap<string, bigint>): StepDelivery {
  if (blocked.size === 0) return { kind: 'step', step, rows: step.rows, parked: [] };
  const { rows = [], parked = [] } = Object.groupBy(step.rows, ({ key, seq }) => {
    const first = blocked.get(key);
    return first === undefined || seq < first ? 'rows' : 'parked';
  });
  return { kind: 'step', step, rows, parked: parked.map(({ seq }) => behind(seq)) };
}

function behind(seq: bigint): ParkedEvent {
  return { seq, reason: PREDECESSOR_PARKED, detail: '', attempts: 0, retryInMs: null };
}

/**
 * The messages as they go to the broker: key, value and headers as stored, and the stamps of this send.
 *
 * @throws UnsendableEventError when a row's headers are not an object of strings, or its payload fits no request
 */
export function messagesOf(delivery: Delivery, epoch: number): OutgoingMessage[] {
  const ce_epoch = String(epoch);
  switch (delivery.kind) {
    case 'step':
      return messagesAsStored(delivery.rows, { ce_epoch });
    case 'replay':
      return replayedMessages(delivery.rows, { ce_epoch, ce_replayed: 'true' });
    case 'redrive':
      return delivery.rows.map((row) =>
        row.wish === 'discard' ? markerOf(row, { ce_epoch }) : messageOf(row, { ce_epoch }),
      );
  }
}

/**
 * Characters of a payload, at most. A broker hangs up on a request above socket.request.max.bytes (100 MiB by default),
 * which looks like an outage and would stop the lane for ever; in UTF-8 no payload below this comes near it.
 */
const MAX_PAYLOAD_CHARACTERS = 2 ** 25;

type Stamps = Readonly<Record<string, string>>;

/** The same as {@link messageOf} of each, at a third of the cost where the headers' text can be taken as it is. */
function messagesAsStored(rows: readonly OutboxRow[], stamps: Stamps): OutgoingMessage[] {
  const stamped = encodeHeaders(stamps);
  const names = Object.keys(stamps).map((name) => `"${name}"`);
  const sizes = rows.reduce((sum, { headers }) => sum + Buffer.byteLength(headers), 0);
  const bytes = Buffer.allocUnsafe(sizes + rows.length * stamped.to);
  let at = 0;
  return rows.map((row) => {
    const isStamped = names.some((name) => row.headers.includes(name));
    const stored = isStamped ? undefined : encodeFlatHeaders(bytes, at, row.headers);
    if (stored === undefined) return messageOf(row, stamps);
    requireSendable(row);
    bytes.set(stamped.bytes, stored.end);
    const from = at;
    at = stored.end + stamped.to;
    return withRecordHeaders(
      { key: row.key, value: row.payload },
      { bytes, from, to: at, count: stored.count + stamped.count },
      () => headersOf(row, stamps),
    );
  });
}

/** What was discarded stays discarded, also where Kafka lost the marker. */
function replayedMessages(rows: readonly ReplayedRow[], stamps: Stamps): OutgoingMessage[] {
  const isAsStored = rows.every((row) => !row.isDiscarded);
  if (isAsStored) return messagesAsStored(rows, stamps);
  return rows.map((row) => (row.isDiscarded ? markerOf(row, stamps) : messageOf(row, stamps)));
}

function messageOf(row: OutboxRow, stamps: Stamps): OutgoingMessage {
  requireSendable(row);
  return { key: row.key, value: row.payload, headers: headersOf(row, stamps) };
}

function requireSendable({ payload, seq }: OutboxRow): void {
  if (payload.length > MAX_PAYLOAD_CHARACTERS) {
    throw new UnsendableEventError(`the payload of seq ${seq} has ${payload.length} characters`);
  }
}

function headersOf(row: OutboxRow, stamps: Stamps): Record<string, string> {
  const headers: unknown = JSON.parse(row.headers);
  if (!isObjectOfStrings(headers)) {
    throw new UnsendableEventError(`the headers of seq ${row.seq} are not a JSON object of strings`);
  }
  // Into what was just parsed: a copy of eleven headers costs as much as parsing them.
  return Object.assign(headers, stamps);
}

function isObjectOfStrings(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((header) => typeof header === 'string');
}

/** Headers that speak of data which a marker does not have. */
const aboutData = new Set(['content-type', 'ce_dataschema', 'ce_datacontenttype']);

/** Keeps what can be sent: it may be for its headers that the event is discarded. */
function markerOf(row: OutboxRow, stamps: Stamps): OutgoingMessage {
  const headers: unknown = JSON.parse(row.headers);
  const kept = Object.entries(typeof headers === 'object' && headers !== null ? headers : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !aboutData.has(entry[0]),
  );
  return {
    key: row.key,
    value: '',
    headers: { ...Object.fromEntries(kept), ce_type: DISCARDED_TYPE, ...stamps },
  };
}
