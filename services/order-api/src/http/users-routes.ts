import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { CreateUser } from '../use-cases/create-user.ts';
import type { UpsertUser } from '../use-cases/upsert-user.ts';
import type { User } from '../domain/user.ts';
import { authorOf, requireScope } from './authentication.ts';
import { Email, Instant, line, named, Uuid } from './fields.ts';
import { answer } from './openapi/answer.ts';
import { valueOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';

const NewUser = named('NewUser', { email: Email, name: line(60) }, [
  { email: 'ada@example.com', name: 'Ada' },
]);
export const UserView = named('User', { id: Uuid, email: Email, name: line(60), created_at: Instant });

export function usersRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly createUser: CreateUser;
  readonly upsertUser: UpsertUser;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, createUser, upsertUser } = dependencies;
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
        const user = valueOf(await createUser(request.body, authorOf(request)));
        return reply.code(201).send(userView(user));
      },
    );

    app.put(
      '/v1/users',
      {
        onRequest: requireScope(verifyToken, ['users:write']),
        schema: {
          operationId: 'upsertUser',
          summary: 'Register the user with this e-mail address, or give them this name',
          description: 'May be repeated at will. The address stays as it was first written.',
          tags: ['users'],
          body: NewUser,
          response: { 200: answer('The user as they are now', UserView) },
        },
      },
      async (request) => userView(await upsertUser(request.body, authorOf(request))),
    );
  };
}

export function userView({ id, email, name, createdAt }: User) {
  return { id, email, name, created_at: createdAt.toISOString() };
}
