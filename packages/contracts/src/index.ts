export { ContractError, type ContractErrorCode } from './contract-error.ts';
export { decodeEvent, type OrderEvent, type ReceivedHeaders } from './decode.ts';
export { type EncodedEvent, type Envelope, encodeOrderCancelled, encodeOrderPlaced } from './encode.ts';
export { dataschemaUrl, type EventDefinition, type OrderEventData } from './event-definition.ts';
export { type JsonSchema, jsonSchemaOf } from './json-schema.ts';
export { type OrderCancelled, orderCancelled } from './order-cancelled.ts';
export { orderEvents } from './order-events.ts';
export { type OrderPlaced, orderPlaced } from './order-placed.ts';
export { canaryTopic, everyTopic, type Topic, topics } from './topics.ts';
