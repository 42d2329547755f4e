import type { ConsumerStatus } from '@waybill/inbox';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Adds what the consumer says of itself to a registry; it is asked at each scrape. */
export function addConsumerMetrics(registry: Registry, status: () => ConsumerStatus): void {
  const registers = [registry];
  new Gauge({
    name: 'waybill_consumer_lag_messages',
    help: 'Messages after the committed offset, of the partitions of this member.',
    labelNames: ['topic', 'partition'],
    registers,
    collect() {
      this.reset();
      for (const { topic, partition, lag } of status().lag) this.set({ topic, partition }, lag);
    },
  });
  const gauges: readonly (readonly [
    name: string,
    help: string,
    of: (now: ConsumerStatus) => number | undefined,
  ])[] = [
    [
      'event_age_seconds',
      'How old the first event of the last batch was when it was applied.',
      ({ ageMs }) => (ageMs === undefined ? undefined : ageMs / 1_000),
    ],
    [
      'progress_age_seconds',
      'For how long the slowest transaction or loop has not come on; /livez fails when it hangs.',
      ({ progressAgeMs }) => progressAgeMs / 1_000,
    ],
    [
      'failing_partitions',
      'Partitions of this member whose last batch failed.',
      ({ failing }) => failing.length,
    ],
    ['kept_events', 'Events that wait for their turn, up to 100,000.', ({ stored }) => stored?.kept],
    [
      'open_gaps',
      'Keys whose event has waited too long for its predecessor.',
      ({ stored }) => stored?.gaps.open,
    ],
    [
      'stopped_keys',
      'Keys that stand still until an operator acts, up to 100.',
      ({ stored }) => stored?.stopped.length,
    ],
    ['dead_letters', 'Dead letters that wait for an operator.', ({ stored }) => stored?.deadLetters.waiting],
    [
      'dead_letters_uncopied',
      'Dead letters whose copy Kafka has not acknowledged.',
      ({ stored }) => stored?.deadLetters.uncopied,
    ],
  ];
  for (const [name, help, of] of gauges) {
    new Gauge({
      name: `waybill_consumer_${name}`,
      help,
      registers,
      collect() {
        const value = of(status());
        // What is not known is not shown: 0 would say that all is well.
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  }
  new Counter({
    name: 'waybill_consumer_events_total',
    help: 'Deliveries since the start, by what became of them.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      const { applied, kept, skipped, deadLetters, diverged } = status().sinceStart;
      for (const [outcome, count] of Object.entries({
        applied,
        kept,
        skipped,
        dead: deadLetters,
        diverged,
      })) {
        this.inc({ outcome }, count);
      }
    },
  });
}
