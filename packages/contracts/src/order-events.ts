import type { EventDefinition } from './event-definition.ts';
import { orderCancelled } from './order-cancelled.ts';
import { orderPlaced } from './order-placed.ts';

/** Every event that an order can have, in the order of its life. */
export const orderEvents: readonly EventDefinition[] = [orderPlaced, orderCancelled];
