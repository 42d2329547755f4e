import { type Arrival, contradicts, decide, type Gate, type Order } from './decide.ts';
import { type InboxEvent, isDiscardMarker } from './event.ts';
import { payloadHash } from './payload-hash.ts';

/** Why a key takes nothing more until somebody acts. */
export type StopReason = 'poison' | 'diverged';

/** A key that stands still, and the version at which. */
export interface Stop {
  readonly version: number;
  readonly reason: StopReason;
}

/** An event that is a dead letter and waits for an operator. */
export interface DeadEvent {
  readonly version: number;
  readonly epoch: number;
  readonly payloadHash: string;
}

/** What is stored for one key, as read under its lock. */
export interface KeyState {
  readonly gate: Gate;
  /** undefined while the key goes on. */
  readonly stop: Stop | undefined;
  /** Kept until their turn, by version: all up to `keptUpTo`, and beyond it those of which another delivery arrives. */
  readonly kept: readonly InboxEvent[];
  /** Later ones are kept too and were not read; undefined when all were. */
  readonly keptUpTo: number | undefined;
  /** Its waiting dead letters; not read while the key goes on. */
  readonly dead: readonly DeadEvent[];
}

export const untouched: KeyState = {
  gate: { state: 'fresh' },
  stop: undefined,
  kept: [],
  keptUpTo: undefined,
  dead: [],
};

/** A gate that moves with this batch. */
export interface GateAdvance {
  readonly key: string;
  readonly version: number;
  readonly epoch: number;
  readonly payloadHash: string;
}

/** An event that contradicts one that is known. */
export interface Divergence {
  readonly key: string;
  readonly event: InboxEvent;
  readonly effect: 'its key stops' | 'its key stands already' | 'its key goes on';
}

export interface BatchPlan {
  /** In version order per key; markers too. */
  readonly apply: readonly InboxEvent[];
  /** Cannot be applied yet; to be stored. */
  readonly keep: readonly InboxEvent[];
  /** Were stored and are applied now; to be removed. */
  readonly release: readonly InboxEvent[];
  readonly advances: readonly GateAdvance[];
  readonly diverged: readonly Divergence[];
  /** Deliveries that were known already. */
  readonly skipped: number;
  /** Keys of which stored events could go on at once: the limit held them back, or they were not read. */
  readonly ready: readonly string[];
}

export interface Rules {
  readonly order: Order;
  /** What becomes of a key whose history is told twice in different ways. */
  readonly onDivergence: 'stop the key' | 'keep what was applied';
  /** Events applied per key at most; what is beyond it is stored. */
  readonly limit: number;
}

/**
 * Decides over a whole batch: which events are applied now, in which order, and what is stored until its turn. A key
 * without events is one whose stored events shall go on.
 *
 * @param states what is stored of every key that is looked at
 * @param events by key, each in the order of delivery
 */
export function planBatch(
  rules: Rules,
  states: ReadonlyMap<string, KeyState>,
  events: ReadonlyMap<string, readonly InboxEvent[]>,
): BatchPlan {
  const plans = [...states].map(([key, state]) =>
    new KeyPlanner(rules, state).plan(key, events.get(key) ?? []),
  );
  return {
    apply: plans.flatMap((plan) => plan.apply),
    keep: plans.flatMap((plan) => plan.keep),
    release: plans.flatMap((plan) => plan.release),
    advances: plans.flatMap((plan) => plan.advances),
    diverged: plans.flatMap((plan) => plan.diverged),
    skipped: plans.reduce((sum, plan) => sum + plan.skipped, 0),
    ready: plans.flatMap((plan) => plan.ready),
  };
}

/** One key, one batch: takes its events one after another, as if each came in a batch of its own. */
class KeyPlanner {
  readonly #rules: Rules;
  readonly #state: KeyState;
  readonly #waiting: Map<number, InboxEvent>;
  readonly #apply: InboxEvent[] = [];
  readonly #diverged: Omit<Divergence, 'key'>[] = [];
  readonly #dead: DeadEvent[];
  #gate: Gate;
  #stopped: boolean;
  #skipped = 0;

  constructor(rules: Rules, state: KeyState) {
    this.#rules = rules;
    this.#state = state;
    this.#gate = state.gate;
    this.#stopped = state.stop !== undefined;
    this.#dead = [...state.dead];
    this.#waiting = new Map(state.kept.map((event) => [event.version, event]));
  }

  plan(key: string, arrivals: readonly InboxEvent[]): BatchPlan {
    // What waits goes first: whoever left it ready may have crashed since.
    this.#goOn();
    for (const event of arrivals) this.#take(event);
    const { kept, gate } = this.#state;
    const known = new Set(kept);
    return {
      apply: this.#apply,
      keep: [...this.#waiting.values()].filter((event) => !known.has(event)),
      release: kept.filter((event) => !this.#waiting.has(event.version)),
      advances: this.#gate.state === 'applied' && this.#gate !== gate ? [{ key, ...this.#gate }] : [],
      diverged: this.#diverged.map((divergence) => ({ key, ...divergence })),
      skipped: this.#skipped,
      ready: this.#isReady() ? [key] : [],
    };
  }

  #take(event: InboxEvent): void {
    const arrival = arrivalOf(event);
    const kept = this.#waiting.get(event.version);
    const decision = decide(this.#rules.order, this.#gate, arrival);
    if (this.#stopped) this.#takeStopped(event, decision.kind);
    else if (decision.kind === 'diverged' || (kept && contradicts(arrival, knownOf(kept))))
      this.#diverge(event);
    else if (decision.kind === 'skip' || kept) this.#skipped += 1;
    else {
      this.#waiting.set(event.version, event);
      this.#goOn();
    }
  }

  /**
   * A stopped key keeps what comes after its gate, but for the event at which it stands: a dead letter has that. What
   * contradicts an event that waits for its turn or for an operator becomes a dead letter beside it: a source that was
   * restored tells its history anew while the key stands, and none of that may be lost.
   */
  #takeStopped(event: InboxEvent, decision: 'apply' | 'skip' | 'keep' | 'diverged'): void {
    const arrival = arrivalOf(event);
    const dead = this.#dead.filter(({ version }) => version === event.version);
    const isKnown = decision === 'skip' || dead.some((one) => one.payloadHash === arrival.payloadHash);
    const kept = this.#waiting.get(event.version);
    const rivals = [...dead, ...(kept ? [knownOf(kept)] : [])];
    const isRival = decision === 'diverged' || rivals.length > 0;
    if (!isKnown && isRival && rivals.every((rival) => contradicts(arrival, rival))) this.#diverge(event);
    else if (isKnown || isRival || event.version === this.#state.stop?.version) this.#skipped += 1;
    else this.#waiting.set(event.version, event);
  }

  #diverge(event: InboxEvent): void {
    const ofMoving = this.#rules.onDivergence === 'stop the key' ? 'its key stops' : 'its key goes on';
    const effect = this.#stopped ? 'its key stands already' : ofMoving;
    this.#diverged.push({ event, effect });
    this.#dead.push({ version: event.version, ...knownOf(event) });
    if (effect === 'its key stops') this.#stopped = true;
    if (effect === 'its key goes on') this.#skipped += 1;
  }

  #goOn(): void {
    while (!this.#stopped && this.#apply.length < this.#rules.limit) {
      const event = this.#next();
      if (event === undefined) return;
      this.#apply.push(event);
      this.#waiting.delete(event.version);
      this.#gate = { state: 'applied', version: event.version, ...knownOf(event) };
    }
  }

  /** What was not read may go on only where something has: else it waits for what has not come. */
  #isReady(): boolean {
    if (this.#stopped) return false;
    return this.#next() !== undefined || (this.#state.keptUpTo !== undefined && this.#apply.length > 0);
  }

  /** The waiting event whose turn it is. Past what was read it is nobody's: one that is stored may come before. */
  #next(): InboxEvent | undefined {
    const applied = this.#gate.state === 'fresh' ? 0 : this.#gate.version;
    const least = () => this.#waiting.keys().reduce((a, b) => Math.min(a, b), Infinity);
    const version = this.#rules.order === 'gapless' ? applied + 1 : least();
    return version > (this.#state.keptUpTo ?? Infinity) ? undefined : this.#waiting.get(version);
  }
}

function knownOf(event: InboxEvent): { readonly epoch: number; readonly payloadHash: string } {
  return { epoch: event.epoch, payloadHash: payloadHash(event) };
}

function arrivalOf(event: InboxEvent): Arrival {
  return {
    version: event.version,
    content: isDiscardMarker(event) ? 'marker' : 'data',
    ...knownOf(event),
  };
}
