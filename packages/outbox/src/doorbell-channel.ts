/** The Redis channel on which writers say that they committed events. The message is empty: it is only a hint. */
export const DOORBELL_CHANNEL = 'waybill:outbox:doorbell';
