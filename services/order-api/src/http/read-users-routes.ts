import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  type ListUsers,
  NEWEST_ORDERS,
  type ReadUser,
  type UserWithOrders,
} from '../use-cases/list-users.ts';
import { principalOf, requireScope } from './authentication.ts';
import { decodeCursor, encodeCursor, invalidCursor } from './cursors.ts';
import { closed, CursorText, isUuid, Limit, named, pageOf, Uuid } from './fields.ts';
import { answer } from './openapi/answer.ts';
import { listedOrder, listedOrderView } from './order-answer.ts';
import { valueOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';
import { UserView, userView } from './users-routes.ts';

const Include = Type.Literal('orders', {
  description: `with the ${NEWEST_ORDERS} newest orders of each; needs orders:read:any for those of others`,
});
const OwnedOrderView = named('UserOrder', listedOrder);
const UserWithOrdersView = named('UserWithOrders', {
  ...UserView.properties,
  orders: Type.Optional(
    Type.Array(OwnedOrderView, { maxItems: NEWEST_ORDERS, description: 'newest first; only when included' }),
  ),
});

export function readUsersRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly readUser: ReadUser;
  readonly listUsers: ListUsers;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, readUser, listUsers } = dependencies;
  return async (app) => {
    app.get(
      '/v1/users/:id',
      {
        onRequest: requireScope(verifyToken, ['users:read']),
        config: { problems: ['not-found'] },
        schema: {
          operationId: 'readUser',
          summary: 'A user',
          tags: ['users'],
          params: closed({ id: Uuid }),
          querystring: closed({ include: Type.Optional(Include) }),
          response: { 200: answer('The user', UserWithOrdersView) },
        },
      },
      async (request) => {
        const { include } = request.query;
        const id = request.params.id.toLowerCase();
        return view(valueOf(await readUser(id, include ? 'newest' : 'none', principalOf(request))));
      },
    );

    app.get(
      '/v1/users',
      {
        onRequest: requireScope(verifyToken, ['users:read']),
        schema: {
          operationId: 'listUsers',
          summary: 'The users in the order in which they came',
          tags: ['users'],
          querystring: closed({
            include: Type.Optional(Include),
            limit: Limit,
            cursor: Type.Optional(CursorText),
          }),
          response: { 200: answer('A page of the users', pageOf('UserPage', UserWithOrdersView)) },
        },
      },
      async (request) => {
        const { include, limit, cursor } = request.query;
        const filter = ['users'];
        const after = cursor === undefined ? undefined : positionOf(cursor, filter);
        const wanted = include ? 'newest' : 'none';
        const page = valueOf(await listUsers({ limit, after }, wanted, principalOf(request)));
        const last = page.items.at(-1);
        return {
          data: page.items.map(view),
          has_more: page.more,
          next_cursor: page.more && last ? encodeCursor([last.user.id], filter) : null,
        };
      },
    );
  };
}

function positionOf(cursor: string, filter: readonly unknown[]): string {
  const [id] = decodeCursor(cursor, filter, 1);
  if (id === undefined || !isUuid(id)) throw invalidCursor();
  return id;
}

function view({ user, orders }: UserWithOrders) {
  return { ...userView(user), ...(orders && { orders: orders.map(listedOrderView) }) };
}
