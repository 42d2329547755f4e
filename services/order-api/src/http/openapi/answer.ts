import { type TSchema, Type } from 'typebox';

/** Headers of answers, by the name under which they are sent. */
export const headerSchemas = {
  etag: Type.String({ description: 'the version, quoted, for If-Match', examples: ['"1"'] }),
  location: Type.String({ description: 'path of what was made', format: 'uri-reference' }),
  'idempotent-replayed': Type.Literal('true', {
    description: 'only on the repetition of a request that was answered before with the same key',
  }),
  'retry-after': Type.String({ description: 'seconds to wait', pattern: '^[0-9]+$', examples: ['1'] }),
  'www-authenticate': Type.String({ description: 'what the token lacks (RFC 6750, 3)' }),
  'x-request-id': Type.String({ description: 'names the request; `instance` of a problem' }),
} as const;
export type HeaderName = keyof typeof headerSchemas;

/**
 * A success as a route's schema has it: Fastify takes the serializer from it, the OpenAPI document the rest.
 *
 * @param headers those that the answer has beside x-request-id, which every answer has
 */
export function answer<Body extends TSchema>(
  description: string,
  schema: Body,
  headers: readonly HeaderName[] = [],
) {
  return { description, headers: headersNamed(headers), content: { 'application/json': { schema } } };
}

/** A success that is JSON for programs and a page for people, by the request's Accept. */
export function readableAnswer<Body extends TSchema>(description: string, schema: Body) {
  const json = answer(description, schema);
  return { ...json, content: { ...json.content, 'text/html': { schema: Type.String() } } };
}

export function headersNamed(names: readonly HeaderName[]): Readonly<Record<string, TSchema>> {
  return Object.fromEntries((['x-request-id', ...names] as const).map((name) => [name, headerSchemas[name]]));
}
