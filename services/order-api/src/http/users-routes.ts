import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { CreateUser } from '../use-cases/create-user.ts';
import { authorOf, requireScope } from './authentication.ts';
import { Email, Instant, line, named, Uuid } from './fields.ts';
import { answer } from './openapi/answer.ts';
import { valueOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';

const NewUser = named('NewUser', { email: Email, name: line(60) }, [
  { email: 'ada@example.com', name: 'Ada' },
]);
const UserView = named('User', { id: Uuid, email: Email, name: line(60), created_at: Instant });

export function usersRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly createUser: CreateUser;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, createUser } = dependencies;
  return async (app) => {
    app.post(
      '/v1/users',
      {
        onRequest: requireScope(verifyToken, ['users:write']),
        config: { problems: ['duplicate-email'] },
        schema: {
          operationId: 'createUser',
          summary: 'Register a user',
          tags: ['users'],
          body: NewUser,
          response: { 201: answer('The new user', UserView) },
        },
      },
      async (request, reply) => {
        const { id, email, name, createdAt } = valueOf(await createUser(request.body, authorOf(request)));
        return reply.code(201).send({ id, email, name, created_at: createdAt.toISOString() });
      },
    );
  };
}
