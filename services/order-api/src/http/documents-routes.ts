import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { closed } from './fields.ts';
import { answer } from './openapi/answer.ts';

/** What tells clients how to speak to the service. Public, like everything that it describes. */
export const documentsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'readOpenApiDocument',
        summary: 'This document',
        tags: ['documents'],
        querystring: closed({}),
        response: {
          200: answer('The OpenAPI document of the service', Type.Unsafe<object>({ type: 'object' })),
        },
      },
    },
    // Whole: the serializer would drop what its schema does not name.
    async (_request, reply) =>
      reply.type('application/json; charset=utf-8').serializer(JSON.stringify).send(app.swagger()),
  );
};
