import {
  type Static,
  type TInteger,
  type TObject,
  type TProperties,
  type TSchema,
  type TString,
  Type,
} from 'typebox';
import { Compile } from 'typebox/compile';
import { ContractError } from './contract-error.ts';

/** What every event of an order carries. A type and no interface, so that a record of unknown fields may be one. */
export type OrderEventData = {
  readonly order_id: string;
  readonly version: number;
};

/** The fields that every event declares. */
export interface OrderEventProperties extends TProperties {
  order_id: TString;
  version: TInteger;
}

/** What somebody says to define an event. */
export interface EventDescription<Properties extends OrderEventProperties = OrderEventProperties> {
  readonly topic: string;
  /** CloudEvents `type`; ends in the major version, which changes with every incompatible change. */
  readonly type: string;
  /** The event's name in prose: `Order placed`. */
  readonly title: string;
  /** What happened and what its reader may rely on, in a sentence or two. */
  readonly summary: string;
  readonly schema: TObject<Properties>;
  /** Fits the schema; shown in the documents. */
  readonly example: Static<TObject<Properties>> & OrderEventData;
}

/** One event: the source of its TypeScript type, its JSON Schema, its documents and its checks. */
export interface EventDefinition<Properties extends OrderEventProperties = OrderEventProperties>
  extends EventDescription<Properties> {
  /** Below the order API's public URL. */
  readonly dataschemaPath: string;
  /**
   * What may be written: exactly what the schema declares.
   *
   * @throws ContractError naming every place that does not fit
   */
  checkWritten(data: unknown): void;
  /**
   * What may be read: fields that the schema does not know are let through, so that one can be added later without
   * breaking older consumers.
   *
   * @throws ContractError naming every place that does not fit
   */
  parseRead(data: unknown): Static<TObject<Properties>>;
}

export function defineEvent<Properties extends OrderEventProperties>(
  event: EventDescription<Properties>,
): EventDefinition<Properties> {
  const open = Compile(event.schema);
  const closed = Compile(withoutExtras(event.schema));
  const refuse = (errors: readonly { instancePath: string; message: string }[]): never => {
    const problems = errors.map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
    throw new ContractError('event-does-not-fit', event.type, problems);
  };
  return {
    ...event,
    dataschemaPath: `/schemas/${event.type}`,
    checkWritten(data) {
      if (!closed.Check(data)) refuse(closed.Errors(data));
    },
    parseRead(data) {
      return open.Check(data) ? data : refuse(open.Errors(data));
    },
  };
}

/** Where the event's JSON Schema is served: the `dataschema` of CloudEvents. `publicUrl` is the order API's. */
export function dataschemaUrl(event: Pick<EventDefinition, 'dataschemaPath'>, publicUrl: string): string {
  return `${publicUrl.replace(/\/+$/, '')}${event.dataschemaPath}`;
}

/** The same schema with `additionalProperties: false` on every object in it. */
function withoutExtras(schema: TSchema): TSchema {
  if (Type.IsArray(schema)) return { ...schema, items: withoutExtras(schema.items) };
  if (!Type.IsObject(schema)) return schema;
  const properties = Object.entries(schema.properties).map(([name, property]) => [
    name,
    withoutExtras(property),
  ]);
  return { ...schema, properties: Object.fromEntries(properties), additionalProperties: false };
}
