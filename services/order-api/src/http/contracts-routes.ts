import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { asyncApiDocument, asyncApiPage, jsonSchemaOf, orderEvents } from '@waybill/contracts';
import { type TSchema, Type } from 'typebox';
import { closed } from './fields.ts';
import { answer, headersNamed } from './openapi/answer.ts';
import { ProblemError } from './problems.ts';

/** What is released changes rarely, and then by additions: an hour old is good enough. */
const cacheControl = 'public, max-age=3600';

const Anything = Type.Unsafe<object>({ type: 'object' });

/** What the events of orders look like: their JSON Schemas at the URLs that they name, and the documents. Public. */
export function contractsRoutes({ publicUrl }: { readonly publicUrl: string }): FastifyPluginAsyncTypebox {
  const schemas = new Map(orderEvents.map((event) => [event.type, jsonSchemaOf(event, publicUrl)]));
  const known = [...schemas.keys()];
  const document = asyncApiDocument(publicUrl);
  const page = asyncApiPage(document);
  return async (app) => {
    app.get(
      '/schemas/:type',
      {
        config: { problems: ['not-found'] },
        schema: {
          operationId: 'readEventSchema',
          summary: 'The JSON Schema of an event, by its CloudEvents type',
          tags: ['documents'],
          params: closed({ type: Type.String({ examples: known }) }),
          response: { 200: answerOf('application/schema+json', 'The JSON Schema (2020-12)', Anything) },
        },
      },
      async (request, reply) => {
        const schema = schemas.get(request.params.type);
        if (schema === undefined) {
          const detail = `No event has this type. There are: ${known.join(', ')}.`;
          throw new ProblemError({ name: 'not-found', detail });
        }
        // Whole: the serializer would drop what its schema does not name.
        return reply
          .header('cache-control', cacheControl)
          .type('application/schema+json')
          .serializer(JSON.stringify)
          .send(schema);
      },
    );
    app.get(
      '/asyncapi.json',
      {
        schema: {
          operationId: 'readAsyncApiDocument',
          summary: 'The AsyncAPI document of the events',
          tags: ['documents'],
          querystring: closed({}),
          response: { 200: answer('The AsyncAPI 3.0 document', Anything) },
        },
      },
      async (_request, reply) =>
        reply
          .header('cache-control', cacheControl)
          .type('application/json; charset=utf-8')
          .serializer(JSON.stringify)
          .send(document),
    );
    app.get(
      '/asyncapi',
      {
        schema: {
          operationId: 'readEventsPage',
          summary: 'The AsyncAPI document as a page',
          tags: ['documents'],
          querystring: closed({}),
          response: { 200: answerOf('text/html', 'A page without scripts', Type.String()) },
        },
      },
      async (_request, reply) =>
        reply.header('cache-control', cacheControl).type('text/html; charset=utf-8').send(page),
    );
  };
}

function answerOf<Body extends TSchema>(type: string, description: string, schema: Body) {
  return { description, headers: headersNamed([]), content: { [type]: { schema } } };
}
