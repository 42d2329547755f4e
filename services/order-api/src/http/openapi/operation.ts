import type { FastifySchema, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import { isScopeGuard } from '../authentication.ts';
import { problemCatalogue, type ProblemName } from '../problem-catalogue.ts';
import { Problem, problemOf } from '../problems.ts';
import { type HeaderName, headersNamed } from './answer.ts';
import { problemsOf, type RouteFacts } from './operation-problems.ts';

/** What the document says of the header; {@link idempotencyKeyOf} is what checks it, to answer with its own problem. */
const idempotencyKeyHeader = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[\\x21-\\x7e]+$',
  description: 'Chosen by the client, one for each thing that it wants done; the same again for a retry.',
  examples: ['order-4711-first-try'],
});

const ifMatchHeader = Type.String({
  minLength: 1,
  description: 'ETag of what is to be changed, as it was read; `*` for whatever version there is.',
  examples: ['"1"'],
});

/**
 * The route's own schema, completed by what its token, headers and problems are.
 *
 * @throws Error for a route that has not said what it is: it would be missing from the contract
 */
export function documentedSchema(route: RouteOptions, publicUrl: string): FastifySchema {
  const schema = route.schema ?? {};
  if (schema.hide) return schema;
  const { operationId, summary, tags } = schema;
  if (operationId === undefined || summary === undefined || tags === undefined) {
    const call = `${[route.method].flat().join(', ')} ${route.url}`;
    throw new Error(`${call} needs an operationId, a summary and tags, or hide: true`);
  }
  const guard = [route.onRequest].flat().find(isScopeGuard);
  const facts: RouteFacts = {
    needsToken: guard !== undefined,
    takesIdempotencyKey: route.config?.takesIdempotencyKey,
    takesIfMatch: route.config?.takesIfMatch === true,
    hasBody: schema.body !== undefined,
    hasParametersOrQuery: schema.params !== undefined || schema.querystring !== undefined,
    hasCursor: hasProperty(schema.querystring, 'cursor'),
    declared: route.config?.problems ?? [],
  };
  return {
    ...schema,
    ...(schema.querystring !== undefined && { querystring: withoutDefaulted(schema.querystring) }),
    ...headersOf(facts),
    security: guard ? guard.anyOf.map((scope) => ({ bearer: [scope] })) : [],
    response: { ...successes(schema.response), ...problemAnswers(problemsOf(facts), publicUrl) },
  };
}

function headersOf({ takesIdempotencyKey, takesIfMatch }: RouteFacts): FastifySchema {
  if (takesIdempotencyKey === undefined && !takesIfMatch) return {};
  return {
    headers: Type.Object({
      ...(takesIdempotencyKey !== undefined && { 'idempotency-key': idempotencyKeyHeader }),
      ...(takesIfMatch && { 'if-match': ifMatchHeader }),
    }),
  };
}

/** To the validator a parameter with a default is always there; to a client it may be left out. */
function withoutDefaulted(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return schema;
  const { properties } = schema;
  if (typeof properties !== 'object' || properties === null) return schema;
  const required = 'required' in schema && Array.isArray(schema.required) ? schema.required : [];
  const defaulted = new Set(
    Object.entries(properties).flatMap(([name, property]) =>
      typeof property === 'object' && property !== null && 'default' in property ? [name] : [],
    ),
  );
  return { ...schema, required: required.filter((name: unknown) => !defaulted.has(String(name))) };
}

function hasProperty(schema: unknown, name: string): boolean {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return false;
  const { properties } = schema;
  return typeof properties === 'object' && properties !== null && name in properties;
}

/** Routes may describe their problems by class, for the serializer's sake; the document names each status. */
function successes(response: unknown): object {
  if (typeof response !== 'object' || response === null) return {};
  return Object.fromEntries(Object.entries(response).filter(([status]) => /^[23]\d\d$/.test(status)));
}

/** The problems of each status, with an example of each. */
function problemAnswers(names: readonly ProblemName[], publicUrl: string): object {
  const byStatus = Map.groupBy(names, (name) => problemCatalogue[name].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      {
        description: ofStatus.map((name) => problemCatalogue[name].title).join('; '),
        headers: headersNamed(ofStatus.flatMap((name) => problemHeaders(name))),
        content: {
          'application/problem+json': { schema: Problem, examples: examplesOf(ofStatus, publicUrl) },
        },
      },
    ]),
  );
}

function examplesOf(names: readonly ProblemName[], publicUrl: string): object {
  return Object.fromEntries(
    names.map((name) => {
      const { title, when } = problemCatalogue[name];
      const instance = '0198c0de-0000-7000-8000-00000000beef';
      return [name, { summary: title, value: problemOf({ name, detail: when }, publicUrl, instance) }];
    }),
  );
}

function problemHeaders(name: ProblemName): readonly HeaderName[] {
  const { status } = problemCatalogue[name];
  if (status === 401 || status === 403) return ['www-authenticate'];
  return status === 503 || status === 429 || name === 'request-in-progress' ? ['retry-after'] : [];
}
