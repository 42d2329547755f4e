import type { EventIdentity, IncomingMessage } from './event.ts';

/** The message does not say which event it is. Repeating does not help: it goes to the dead letters at once. */
export class EnvelopeError extends Error {
  readonly code = 'inbox-envelope-unreadable';

  constructor(problem: string) {
    super(`the message does not say which event it is: ${problem}`);
    this.name = 'EnvelopeError';
  }
}

const wholeNumber = /^(0|[1-9]\d{0,8})$/;

/**
 * Reads an event's identity from the headers of CloudEvents' Kafka binding in binary mode, with Waybill's extensions:
 * `ce_subject` is the key, `ce_orderversion` its version, `ce_epoch` the epoch (0 where there is none).
 *
 * @throws EnvelopeError
 */
export function readCloudEvent({ headers }: Pick<IncomingMessage, 'headers'>): EventIdentity {
  const key = headers['ce_subject'] ?? '';
  const version = headers['ce_orderversion'] ?? '';
  const epoch = headers['ce_epoch'] ?? '0';
  if (key === '') throw new EnvelopeError('header ce_subject is missing');
  if (key.length > 500) throw new EnvelopeError('header ce_subject is longer than 500 characters');
  if (key.includes('\0')) throw new EnvelopeError('header ce_subject holds a NUL');
  if (!wholeNumber.test(version) || version === '0') {
    throw new EnvelopeError('header ce_orderversion is missing or no version');
  }
  if (!wholeNumber.test(epoch)) throw new EnvelopeError('header ce_epoch is no number');
  return { key, version: Number(version), epoch: Number(epoch) };
}
