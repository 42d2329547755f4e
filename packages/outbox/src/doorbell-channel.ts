/** The Redis channel on which writers say that they committed events. Only a hint: the relay's polls find them too. */
export const DOORBELL_CHANNEL = 'waybill:outbox:doorbell';

/** @returns the message that names the lanes of committed events: their numbers, with commas in between */
export function doorbellMessage(lanes: Iterable<number>): string {
  return [...lanes].join(',');
}

/** @returns the lanes that a message names, or undefined where it names none and they may be any */
export function lanesOfDoorbellMessage(message: string): readonly number[] | undefined {
  return /^\d{1,5}(?:,\d{1,5})*$/.test(message) ? message.split(',').map(Number) : undefined;
}
