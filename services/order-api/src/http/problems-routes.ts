import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { closed } from './fields.ts';
import { readableAnswer } from './openapi/answer.ts';
import { isProblemName, problemNames } from './openapi/operation-problems.ts';
import { ProblemKindView, problemKindView, problemListPage, problemPage } from './problem-pages.ts';
import { ProblemError } from './problems.ts';

/** Where the `type` of a problem leads. Public: who has a problem may have no token. */
export function problemsRoutes({ publicUrl }: { readonly publicUrl: string }): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/problems',
      {
        schema: {
          operationId: 'listProblems',
          summary: 'Every kind of problem',
          tags: ['documents'],
          querystring: closed({}),
          response: {
            200: readableAnswer('All problems that an answer can name', Type.Array(ProblemKindView)),
          },
        },
      },
      async (request, reply) => {
        const kinds = problemNames.map((name) => problemKindView(name, publicUrl));
        return sendReadable(request, reply, kinds, () => problemListPage(kinds));
      },
    );

    app.get(
      '/problems/:name',
      {
        config: { problems: ['not-found'] },
        schema: {
          operationId: 'readProblem',
          summary: 'What a problem means and what to do about it',
          tags: ['documents'],
          params: closed({ name: Type.String({ examples: ['insufficient-stock'] }) }),
          response: { 200: readableAnswer('The problem, as its `type` points at it', ProblemKindView) },
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        if (!isProblemName(name))
          throw new ProblemError({ name: 'not-found', detail: 'There is no such problem.' });
        const kind = problemKindView(name, publicUrl);
        return sendReadable(request, reply, kind, () => problemPage(kind));
      },
    );
  };
}

/** A page for who asks for HTML, as browsers do, and JSON for everybody else (RFC 9110, 12.5.1, without weights). */
function sendReadable(
  request: FastifyRequest,
  reply: FastifyReply,
  json: object,
  page: () => string,
): FastifyReply {
  reply.header('vary', 'accept');
  return request.headers.accept?.includes('text/html')
    ? reply.type('text/html; charset=utf-8').send(page())
    : reply.type('application/json; charset=utf-8').serializer(JSON.stringify).send(json);
}
