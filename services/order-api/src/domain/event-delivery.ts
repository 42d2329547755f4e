interface NamedEvent {
  readonly version: number;
  readonly type: string;
  readonly topic: string;
}

interface Place {
  readonly partition: number;
  /** A 64-bit number. */
  readonly offset: string;
  readonly publishedAt: Date;
}

/**
 * Where one event of an order is. `lost` was published to a log that Kafka no longer has and waits for an operator's
 * policy; `archived` was published and is older than the outbox keeps its rows.
 */
export type EventDelivery =
  | (NamedEvent & { readonly state: 'pending' })
  | (NamedEvent & { readonly state: 'parked'; readonly reason: string })
  | (NamedEvent & Place & { readonly state: 'published' | 'lost' })
  | { readonly state: 'archived'; readonly version: number };

/**
 * One entry per version of the order. The outbox drops a day only when all of it was published, so a version that it
 * no longer knows was.
 */
export function withArchived(
  known: readonly EventDelivery[],
  orderVersion: number,
): readonly EventDelivery[] {
  const byVersion = new Map(known.map((delivery) => [delivery.version, delivery]));
  const newest = Math.max(orderVersion, ...byVersion.keys());
  return Array.from({ length: newest }, (_, index) => {
    const version = index + 1;
    return byVersion.get(version) ?? { state: 'archived', version };
  });
}
