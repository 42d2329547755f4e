import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { CreateUser } from '../use-cases/create-user.ts';
import { authorOf, requireScope } from './authentication.ts';
import { closed, Email, Instant, line, Uuid } from './fields.ts';
import { Problem } from './problems.ts';
import { valueOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';

const NewUser = closed({ email: Email, name: line(60) });
const UserView = closed({ id: Uuid, email: Email, name: line(60), created_at: Instant });

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
        schema: { body: NewUser, response: { 201: UserView, '4xx': Problem, '5xx': Problem } },
      },
      async (request, reply) => {
        const { id, email, name, createdAt } = valueOf(await createUser(request.body, authorOf(request)));
        return reply.code(201).send({ id, email, name, created_at: createdAt.toISOString() });
      },
    );
  };
}
