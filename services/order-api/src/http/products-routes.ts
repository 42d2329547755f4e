import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { amountOf } from '../domain/money.ts';
import type { Product } from '../domain/product.ts';
import type { CreateProduct } from '../use-cases/create-product.ts';
import type { ListProducts } from '../use-cases/list-products.ts';
import { authorOf, requireScope } from './authentication.ts';
import { decodeCursor, encodeCursor, invalidCursor } from './cursors.ts';
import {
  Amount,
  AmountIn,
  closed,
  CurrencyCode,
  CursorText,
  isUuid,
  Limit,
  line,
  named,
  pageOf,
  Uuid,
} from './fields.ts';
import { answer } from './openapi/answer.ts';
import { valueOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';

const Stock = Type.Integer({ minimum: 0, maximum: 2_147_483_647 });
const NewProduct = named(
  'NewProduct',
  { sku: line(64), name: line(200), price: AmountIn, currency: CurrencyCode, stock: Stock },
  [{ sku: 'TEA-100', name: 'Tea, 100 g', price: '12.50', currency: 'EUR', stock: 250 }],
);
const ProductView = named('Product', {
  id: Uuid,
  sku: Type.String(),
  name: Type.String(),
  price: Amount,
  currency: CurrencyCode,
  stock: Stock,
});
const ProductQuery = closed({
  q: Type.Optional(line(200)),
  limit: Limit,
  cursor: Type.Optional(CursorText),
});

export function productsRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly createProduct: CreateProduct;
  readonly listProducts: ListProducts;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, createProduct, listProducts } = dependencies;
  return async (app) => {
    app.post(
      '/v1/products',
      {
        onRequest: requireScope(verifyToken, ['catalog:write']),
        config: { problems: ['duplicate-sku', 'unsupported-currency'] },
        schema: {
          operationId: 'createProduct',
          summary: 'Add a product to the catalogue',
          tags: ['products'],
          body: NewProduct,
          response: { 201: answer('The new product', ProductView) },
        },
      },
      async (request, reply) => {
        const product = valueOf(await createProduct(request.body, authorOf(request)));
        return reply.code(201).send(productView(product));
      },
    );

    app.get(
      '/v1/products',
      {
        schema: {
          operationId: 'listProducts',
          summary: 'The catalogue, or the products whose name contains a text',
          tags: ['products'],
          querystring: ProductQuery,
          response: { 200: answer('A page of the catalogue', pageOf('ProductPage', ProductView)) },
        },
      },
      async (request) => {
        const { q, limit, cursor } = request.query;
        const filter = ['products', q ?? null];
        const after = cursor === undefined ? undefined : positionOf(cursor, filter);
        const page = await listProducts({ limit, after, nameContains: q });
        const last = page.items.at(-1);
        return {
          data: page.items.map(productView),
          has_more: page.more,
          next_cursor: page.more && last ? encodeCursor([last.id], filter) : null,
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

function productView({ id, sku, name, price, stock }: Product) {
  return { id, sku, name, price: amountOf(price), currency: price.currency, stock };
}
