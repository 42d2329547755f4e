import {
  classify,
  type CyclePhase,
  type FailureClass,
  type RelayEvent,
  type RelayMeter,
} from '@waybill/outbox/relay';
import { Counter, Histogram, type Registry } from 'prom-client';

/** From the 2 ms of a local broker to the limit of a request, in seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What ends a session. */
const sessionEnders: readonly FailureClass[] = ['database', 'lease', 'protocol'];

const phases: readonly CyclePhase[] = ['read', 'send', 'commit'];

/** What leads to a lane's change of hands, by the event that tells of it. */
const leaseChanges: ReadonlyMap<string, string> = new Map([
  ['lanes-granted', 'granted'],
  ['lanes-given-back', 'given_back'],
  ['lanes-lost', 'lost'],
]);

interface TopicMeters {
  readonly published: Counter.Internal;
  readonly duration: Histogram.Internal<'topic'>;
}

/** Counts what this relay does, as it does it. Series are looked up once: some of this runs for every batch. */
export class RelayMetrics implements RelayMeter {
  readonly #published: Counter<'topic'>;
  readonly #duration: Histogram<'topic'>;
  readonly #backoffs: Counter<'topic' | 'class'>;
  readonly #leaseChanges: Counter<'kind'>;
  readonly #sessionsEnded: Counter<'class'>;
  readonly #phases: ReadonlyMap<CyclePhase, Histogram.Internal<'phase'>>;
  readonly #topics = new Map<string, TopicMeters>();

  /** @param topics of the outbox, asked for at each scrape: a series that begins at zero shows its first increase */
  constructor(registry: Registry, topics: () => Promise<readonly string[]>) {
    const registers = [registry];
    this.#published = new Counter({
      name: 'waybill_relay_published_events_total',
      help: 'Events that Kafka acknowledged, those repeated after a fault included.',
      labelNames: ['topic'],
      registers,
      collect: async () => {
        for (const topic of await topics()) this.#metersOf(topic).published.inc(0);
      },
    });
    this.#duration = new Histogram({
      name: 'waybill_relay_publish_duration_seconds',
      help: 'From sending a batch to its acknowledgement.',
      labelNames: ['topic'],
      buckets,
      registers,
    });
    this.#backoffs = new Counter({
      name: 'waybill_relay_backoffs_total',
      help: 'Batches that were not acknowledged, by the class of the failure; class event means one bad event.',
      labelNames: ['topic', 'class'],
      registers,
    });
    this.#leaseChanges = new Counter({
      name: 'waybill_relay_lease_changes_total',
      help: 'Lanes that this relay was granted, gave back or lost.',
      labelNames: ['kind'],
      registers,
    });
    for (const kind of leaseChanges.values()) this.#leaseChanges.inc({ kind }, 0);
    this.#sessionsEnded = new Counter({
      name: 'waybill_relay_sessions_ended_total',
      help: 'How often this relay stopped publishing, by the class of what made it: its database or its lease.',
      labelNames: ['class'],
      registers,
    });
    for (const ender of sessionEnders) this.#sessionsEnded.inc({ class: ender }, 0);
    const phaseDuration = new Histogram({
      name: 'waybill_relay_cycle_phase_duration_seconds',
      help: 'How long a cycle waited for reading (as far as that was not done ahead), sending and committing.',
      labelNames: ['phase'],
      buckets,
      registers,
    });
    this.#phases = new Map(phases.map((phase) => [phase, phaseDuration.labels(phase)]));
  }

  phase(phase: CyclePhase, ms: number): void {
    this.#phases.get(phase)?.observe(ms / 1_000);
  }

  acknowledged(topic: string, events: number, ms: number): void {
    const { published, duration } = this.#metersOf(topic);
    published.inc(events);
    duration.observe(ms / 1_000);
  }

  failed(topic: string, error: unknown): void {
    this.#backoffs.inc({ topic, class: classify(error).class });
  }

  count(event: RelayEvent): void {
    if (event.type === 'session-ended') this.#sessionsEnded.inc({ class: event.failure.class });
    const kind = leaseChanges.get(event.type);
    if (kind !== undefined && 'lanes' in event) this.#leaseChanges.inc({ kind }, event.lanes.length);
  }

  #metersOf(topic: string): TopicMeters {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const meters = { published: this.#published.labels(topic), duration: this.#duration.labels(topic) };
    this.#topics.set(topic, meters);
    return meters;
  }
}
