import { expect, it } from 'vitest';
import { type EventDelivery, withArchived } from './event-delivery.ts';

const pending = (version: number): EventDelivery => ({ version, state: 'pending', topic: 't', type: 'e' });

it('has one entry per version of the order, archived where the outbox knows none', () => {
  expect(withArchived([], 2)).toEqual([
    { version: 1, state: 'archived' },
    { version: 2, state: 'archived' },
  ]);
  expect(withArchived([pending(2)], 2)).toEqual([{ version: 1, state: 'archived' }, pending(2)]);
});

it('shows an event that was committed after the order was read', () => {
  expect(withArchived([pending(1), pending(2)], 1)).toEqual([pending(1), pending(2)]);
});
