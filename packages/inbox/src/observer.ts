import type { InboxEvent } from './event.ts';
import type { Gap } from './status.sql.ts';

/** Something that an operator has to know. */
export type Alarm =
  | { readonly kind: 'dead letter'; readonly event: InboxEvent; readonly reason: string }
  | {
      readonly kind: 'unreadable';
      readonly topic: string;
      readonly partition: number;
      readonly offset: bigint;
    }
  | { readonly kind: 'diverged'; readonly event: InboxEvent }
  /** How many are open, and the oldest of them. */
  | { readonly kind: 'gaps'; readonly open: number; readonly oldest: readonly Gap[] };

/** One delivery, for a span: the events' own `traceparent` headers link it to whoever sent them. */
export interface DeliveryFacts {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly events: number;
  /** Of the first events, at most 128 (the limit of OpenTelemetry's default span). */
  readonly traceparents: readonly string[];
}

/** How a consumer is watched. Nothing that it does may throw. */
export interface ConsumerObserver {
  /** Says it once: gaps when there are more of them or others, anything else when it has been stored. */
  alarm(alarm: Alarm): void;
  /** Wraps the work on a delivery, and resolves or rejects like it. */
  around<Result>(delivery: DeliveryFacts, work: () => Promise<Result>): Promise<Result>;
  /** Upkeep failed and will be tried again. */
  upkeepFailed(error: unknown): void;
}

/** Watches nothing. */
export const unobserved: ConsumerObserver = {
  alarm: () => undefined,
  around: (_delivery, work) => work(),
  upkeepFailed: () => undefined,
};
