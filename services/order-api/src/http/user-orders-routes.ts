import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { ListUserOrders } from '../use-cases/list-user-orders.ts';
import type { OrderPosition, OrderSummary } from '../use-cases/repositories.ts';
import { principalOf, requireScope } from './authentication.ts';
import { decodeCursor, encodeCursor, instantIn, invalidCursor } from './cursors.ts';
import { closed, CursorText, isUuid, Limit, named, pageOf, Uuid } from './fields.ts';
import { answer } from './openapi/answer.ts';
import { listedOrder, listedOrderView, OrderStatusName } from './order-answer.ts';
import { valueOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';

const OrderSummaryView = named('OrderSummary', {
  ...listedOrder,
  user: closed({ id: Uuid, name: Type.String() }),
});
const UserOrdersQuery = closed({
  status: Type.Optional(OrderStatusName),
  limit: Limit,
  cursor: Type.Optional(CursorText),
});

export function userOrdersRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly listUserOrders: ListUserOrders;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, listUserOrders } = dependencies;
  return async (app) => {
    app.get(
      '/v1/users/:id/orders',
      {
        onRequest: requireScope(verifyToken, ['orders:read', 'orders:read:any']),
        config: { problems: ['not-found'] },
        schema: {
          operationId: 'listUserOrders',
          summary: 'A user’s orders, newest first',
          tags: ['orders'],
          params: closed({ id: Uuid }),
          querystring: UserOrdersQuery,
          response: {
            200: answer('A page of the user’s orders', pageOf('OrderSummaryPage', OrderSummaryView)),
          },
        },
      },
      async (request) => {
        const userId = request.params.id.toLowerCase();
        const { status, limit, cursor } = request.query;
        const filter = ['user-orders', userId, status ?? null];
        const after = cursor === undefined ? undefined : positionOf(cursor, filter);
        const page = valueOf(await listUserOrders(userId, { limit, after, status }, principalOf(request)));
        const last = page.items.at(-1);
        return {
          data: page.items.map(summaryView),
          has_more: page.more,
          next_cursor:
            page.more && last ? encodeCursor([last.placedAt.toISOString(), last.id], filter) : null,
        };
      },
    );
  };
}

function positionOf(cursor: string, filter: readonly unknown[]): OrderPosition {
  const [time = '', id = ''] = decodeCursor(cursor, filter, 2);
  if (!isUuid(id)) throw invalidCursor();
  return { placedAt: instantIn(time), id };
}

function summaryView(order: OrderSummary) {
  return { ...listedOrderView(order), user: { id: order.user.id, name: order.user.name } };
}
