import { type Application, applyEvents, gateKeyOf, lockKeys, storePlan } from '../apply-batch.ts';
import { type DeliveryOutcome, type FailurePolicy, goOnStepwise, nothingDone } from '../apply-delivery.ts';
import type { EventIdentity, InboxEvent, IncomingMessage } from '../event.ts';
import { classifyFailure, EventRefusedError } from '../failure.ts';
import { advanceGates, freeGate } from '../gate.sql.ts';
import { keepEvents, releaseKept } from '../kept.sql.ts';
import { payloadHash } from '../payload-hash.ts';
import { type KeyState, planBatch } from '../plan.ts';
import type { Scope, Sql } from '../storage/storage.ts';
import {
  auditLetter,
  type DeadLetter,
  type LetterWish,
  lockWish,
  redriveFailed,
  resolveLetter,
} from './letters.sql.ts';
import { reasonOf } from './reason.ts';

/** How the envelope of a message is read. */
export type ReadEnvelope = (message: IncomingMessage) => EventIdentity;

/**
 * Carries out what an operator wants of one dead letter, then lets its successors go on, in order. Effect, gate and the
 * letter's end commit together: a redrive that is interrupted happens once all the same. One that fails leaves the
 * letter waiting.
 *
 * @throws the failure of which the event is not the cause; the wish stays
 */
export async function carryOutWish<Tx, Data>(
  application: Application<Tx, Data>,
  policy: FailurePolicy,
  { letter, readEnvelope }: { readonly letter: DeadLetter; readonly readEnvelope: ReadEnvelope },
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const { storage, group } = application;
  let gateKey: string | undefined;
  try {
    gateKey = await storage.transaction((scope) => resolve(application, scope, letter, readEnvelope));
  } catch (error) {
    if (classifyFailure(error, policy.classify) === 'pause') throw error;
    await storage.transaction(async ({ sql }) => {
      const why = reasonOf(error);
      await redriveFailed(sql, letter.id, why);
      await auditLetter(sql, { id: letter.id, action: 'redrive failed', group, why: why.reason });
    });
    return nothingDone;
  }
  return gateKey === undefined ? nothingDone : await goOnStepwise(application, policy, gateKey, signal);
}

/** @returns the gate that may go on; undefined when there is none, or the wish was carried out by another member */
async function resolve<Tx, Data>(
  application: Application<Tx, Data>,
  scope: Scope<Tx>,
  letter: DeadLetter,
  readEnvelope: ReadEnvelope,
): Promise<string | undefined> {
  const { group, order } = application;
  const { sql } = scope;
  const placed = letter.place ?? (letter.wish === 'redrive' ? place(order, letter, readEnvelope) : undefined);
  // The gate before the letter: members that apply lock in this order too.
  const states = placed && (await lockKeys(sql, group, [placed.gateKey], pageFor(order, placed)));
  const wish = await lockWish(sql, letter.id);
  if (wish === undefined || wish !== letter.wish) return undefined;
  const action = wish === 'redrive' ? 'redriven' : 'discarded';
  // First, so that one that turns out to contradict what is known is waiting again, with its place.
  await resolveLetter(sql, letter.id, action);
  const state = placed && states?.get(placed.gateKey);
  if (placed && state) {
    if (letter.place === undefined) await enter(application, sql, placed.event, state);
    else await settle(application, scope, { ...placed, state, wish });
  }
  await auditLetter(sql, { id: letter.id, action, group, why: letter.reason });
  return placed?.gateKey;
}

/** What is stored beside the letter's event says whether that contradicts it. */
function pageFor(
  order: Application<never, never>['order'],
  { gateKey, event }: { readonly gateKey: string; readonly event: InboxEvent },
) {
  return { order, size: 1, arriving: [{ gateKey, version: event.version }] };
}

/** @throws EventRefusedError when the envelope still cannot be read */
function place(order: Application<never, never>['order'], letter: DeadLetter, readEnvelope: ReadEnvelope) {
  const { topic, partition, offset, value, headers, messageKey: key } = letter;
  try {
    const identity = readEnvelope({ topic, partition, offset, key, value, headers, timestamp: 0 });
    const event: InboxEvent = { topic, partition, offset, value, headers, ...identity };
    return { gateKey: gateKeyOf(order, event), event };
  } catch (error) {
    throw new EventRefusedError(error);
  }
}

/** Later versions were applied, and nobody knows whether this one was. */
class OvertakenError extends Error {
  readonly code = 'inbox-event-overtaken';

  constructor(version: number, applied: number) {
    super(`version ${version} comes after version ${applied} was applied: discard it`);
    this.name = 'OvertakenError';
  }
}

/**
 * An event whose envelope can be read by now takes its place among the stored ones, as if it had just come.
 *
 * @throws EventRefusedError when its topic has gone past it
 */
async function enter<Tx, Data>(
  application: Application<Tx, Data>,
  sql: Sql,
  event: InboxEvent,
  state: KeyState,
): Promise<void> {
  const { order, onDivergence } = application;
  const gateKey = gateKeyOf(order, event);
  const plan = planBatch(
    { order, onDivergence, limit: 0 },
    new Map([[gateKey, state]]),
    new Map([[gateKey, [event]]]),
  );
  const applied = state.gate.state === 'fresh' ? 0 : state.gate.version;
  if (order === 'per-topic' && event.version < applied)
    throw new EventRefusedError(new OvertakenError(event.version, applied));
  await storePlan(sql, application, plan);
}

interface Decision {
  readonly gateKey: string;
  readonly event: InboxEvent;
  readonly state: KeyState;
  readonly wish: LetterWish;
}

async function settle<Tx, Data>(
  application: Application<Tx, Data>,
  scope: Scope<Tx>,
  { gateKey, event, state, wish }: Decision,
): Promise<void> {
  const { group, order } = application;
  const { sql } = scope;
  const applied = state.gate.state === 'fresh' ? 0 : state.gate.version;
  const standsHere = state.stop?.version === event.version;
  const step = { key: gateKey, version: event.version, payloadHash: payloadHash(event) };
  // It contradicts a stored event whose turn has not come.
  const isAhead = order === 'gapless' && event.version > applied + 1;
  // The story that came first waits for its turn, and gets it once the contradiction is discarded.
  const firstIsKept = state.kept.some(({ version }) => version === event.version);
  // Another story of the same version waits too: whoever discards this one has not decided about that one.
  const isOneOfSeveral = state.dead.filter(({ version }) => version === event.version).length > 1;
  if (wish === 'discard' && isOneOfSeveral) return;
  if (wish === 'redrive' && isAhead) {
    await releaseKept(sql, group, [{ gateKey, version: event.version }]);
    await keepEvents(sql, group, [{ gateKey, event }]);
  } else if (wish === 'redrive') {
    await applyEvents(application, scope, [event]);
    await releaseKept(sql, group, [{ gateKey, version: event.version }]);
    if (event.version >= applied) await advanceGates(sql, group, [{ ...step, epoch: event.epoch }]);
  } else if (standsHere && event.version > applied && !isAhead && !firstIsKept) {
    await advanceGates(sql, group, [{ ...step, epoch: event.epoch }]);
  } else if (standsHere && state.gate.state === 'applied' && event.version === applied) {
    // What was applied holds. A later epoch than the refused one's says so when the same event comes again.
    await advanceGates(sql, group, [{ ...state.gate, key: gateKey, epoch: event.epoch + 1 }]);
  }
  if (standsHere) await freeGate(sql, group, gateKey);
}
