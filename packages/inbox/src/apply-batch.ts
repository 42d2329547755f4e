import type { Order } from './decide.ts';
import { readDeadEvents, recordDeadLetter, recordRival } from './dead-letters/record.sql.ts';
import { type ConsumedEvent, type InboxEvent, isDiscardMarker } from './event.ts';
import { EventRefusedError, handlerError } from './failure.ts';
import { advanceGates, insertMissingGates, lockGates, readGates, stopGate } from './gate.sql.ts';
import { keepEvents, readKept, readKeptVersions, releaseKept } from './kept.sql.ts';
import { type BatchPlan, type KeyState, planBatch, type Rules, untouched } from './plan.ts';
import type { Scope, Sql, Storage } from './storage/storage.ts';

/** What a consumer does with its events. */
export interface Application<Tx, Data> {
  readonly storage: Storage<Tx>;
  /** Gates are kept per group: each group applies every event once. */
  readonly group: string;
  readonly order: Order;
  readonly onDivergence: Rules['onDivergence'];
  /** Reads an event's value. What it throws makes the event a dead letter. */
  readonly parse: (event: InboxEvent) => Data;
  /**
   * Makes the effect of events that have their turn, in version order per key, inside the transaction `tx`. It may run
   * again for the same events when the transaction fails, so it has no effect outside the database.
   */
  readonly handler: (tx: Tx, events: readonly ConsumedEvent<Data>[]) => Promise<void>;
}

export interface Batch {
  /** In any order, with any repetition. */
  readonly events: readonly InboxEvent[];
  /** Gates to look at without a new event, so that what waits behind them goes on. */
  readonly gateKeys?: readonly string[];
  /** Events applied per key at most. Default: all that have their turn. */
  readonly limit?: number;
}

export interface BatchOutcome {
  readonly applied: number;
  readonly kept: number;
  readonly skipped: number;
  /** Keys whose history is told in two ways. */
  readonly diverged: readonly InboxEvent[];
  /** Gates that could go on at once: the limit held them back, or there was too much to read. */
  readonly ready: readonly string[];
}

/** Stored events that one transaction reads at most to go on, over all its gates, but for one of each. */
const keptAtOnce = 1_000;

/** A key's gate: of the aggregate, or of the aggregate within one topic. */
export function gateKeyOf(order: Order, { topic, key }: Pick<InboxEvent, 'topic' | 'key'>): string {
  return order === 'gapless' ? key : `${topic}/${key}`;
}

/**
 * Applies a batch exactly once: gate and effect in one transaction that begins and ends here. After it has resolved,
 * Kafka's offsets may be committed; when it rejects, nothing happened or (after a lost answer to COMMIT) everything
 * did, and the same batch may come again in both cases.
 *
 * Two members of a group may bring the two topics of one key at once. They cannot deadlock: what is waited for
 * while adding gates is another's *new* gate, and whoever has gone on to lock gates waits for none of those, since
 * all of its own keys exist and are committed or its own by then; the locks themselves are taken in key order.
 *
 * @throws HandlerError, EventRefusedError; what the storage throws
 */
export async function applyBatch<Tx, Data>(
  application: Application<Tx, Data>,
  batch: Batch,
): Promise<BatchOutcome> {
  const { group, order, onDivergence, storage } = application;
  const arrivals = Map.groupBy(batch.events, (event) => gateKeyOf(order, event));
  const gateKeys = [...new Set([...arrivals.keys(), ...(batch.gateKeys ?? [])])].toSorted();
  if (gateKeys.length === 0) return { applied: 0, kept: 0, skipped: 0, diverged: [], ready: [] };
  return await storage.transaction(async (scope) => {
    const rules = { order, onDivergence, limit: batch.limit ?? Infinity };
    const page = {
      order,
      size: Math.max(1, Math.min(rules.limit, Math.floor(keptAtOnce / gateKeys.length))),
      arriving: [...arrivals].flatMap(([gateKey, its]) => its.map(({ version }) => ({ gateKey, version }))),
    };
    const plan = planBatch(rules, await lockKeys(scope.sql, group, gateKeys, page), arrivals);
    await applyEvents(application, scope, plan.apply);
    await storePlan(scope.sql, application, plan);
    return {
      applied: plan.apply.length,
      kept: plan.keep.length,
      skipped: plan.skipped,
      diverged: plan.diverged.map(({ event }) => event),
      ready: plan.ready,
    };
  });
}

/** Which stored events are read. */
interface Page {
  readonly order: Order;
  /** Of each gate at most, from its turn on; at least 1. */
  readonly size: number;
  /** These as well, wherever they are: other deliveries of them arrive. */
  readonly arriving: readonly { readonly gateKey: string; readonly version: number }[];
}

/**
 * Locks gates, making those that are missing, and reads what is stored behind them, as far as the page goes.
 *
 * @param gateKeys sorted, each once
 */
export async function lockKeys(
  sql: Sql,
  group: string,
  gateKeys: readonly string[],
  { order, size, arriving }: Page,
): Promise<ReadonlyMap<string, KeyState>> {
  await insertMissingGates(sql, group, gateKeys);
  const locked = await lockGates(sql, group, gateKeys);
  if (locked !== gateKeys.length)
    throw new Error(`${gateKeys.length - locked} gates vanished; is something deleting them?`);
  const gates = await readGates(sql, group, gateKeys);
  const pages = await readKept(sql, group, gateKeys, { order, size });
  const beyond = arriving.filter(
    ({ gateKey, version }) => version > (pages.get(gateKey)?.keptUpTo ?? Infinity),
  );
  const again = beyond.length > 0 ? await readKeptVersions(sql, group, beyond) : undefined;
  const stopped = gateKeys.filter((key) => gates.get(key)?.stop !== undefined);
  const dead = stopped.length > 0 ? await readDeadEvents(sql, group, stopped) : undefined;
  return new Map(
    gateKeys.map((key) => {
      const { kept, keptUpTo } = pages.get(key) ?? untouched;
      const stored = { kept: [...kept, ...(again?.get(key) ?? [])], keptUpTo };
      return [key, { ...untouched, ...gates.get(key), ...stored, dead: dead?.get(key) ?? [] }];
    }),
  );
}

/**
 * Runs the handler over events in their turn; markers have no effect.
 *
 * @throws HandlerError, EventRefusedError
 */
export async function applyEvents<Tx, Data>(
  { parse, handler }: Pick<Application<Tx, Data>, 'parse' | 'handler'>,
  scope: Scope<Tx>,
  events: readonly InboxEvent[],
): Promise<void> {
  const consumed = events.filter((event) => !isDiscardMarker(event)).map((event) => parsed(parse, event));
  if (consumed.length === 0) return;
  try {
    await handler(scope.tx, consumed);
    await scope.flush();
  } catch (error) {
    throw await handlerError(error, scope.sql);
  }
}

function parsed<Data>(parse: (event: InboxEvent) => Data, event: InboxEvent): ConsumedEvent<Data> {
  try {
    return { ...event, data: parse(event) };
  } catch (error) {
    throw new EventRefusedError(error);
  }
}

/** Writes what the plan changes, in a constant number of statements but for divergences. */
export async function storePlan<Tx, Data>(
  sql: Sql,
  { group, order }: Application<Tx, Data>,
  plan: BatchPlan,
): Promise<void> {
  const placed = (event: InboxEvent) => ({ gateKey: gateKeyOf(order, event), event });
  if (plan.advances.length > 0) await advanceGates(sql, group, plan.advances);
  if (plan.keep.length > 0) await keepEvents(sql, group, plan.keep.map(placed));
  if (plan.release.length > 0) {
    const released = plan.release.map((event) => ({ ...placed(event), version: event.version }));
    await releaseKept(sql, group, released);
  }
  for (const { key, event, effect } of plan.diverged) {
    if (effect === 'its key goes on') continue;
    const letter = {
      message: event,
      messageKey: event.key,
      place: { gateKey: key, identity: event },
      reason: 'inbox-event-diverged',
      detail: `version ${event.version} contradicts the event of that version seen before`,
      attempts: 0,
    };
    if (effect === 'its key stops') {
      await stopGate(sql, group, { key, version: event.version, reason: 'diverged' });
      await recordDeadLetter(sql, group, letter);
    } else await recordRival(sql, group, letter);
  }
}
