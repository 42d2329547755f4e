import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { CancelOrder } from '../use-cases/cancel-order.ts';
import type { CreateProduct } from '../use-cases/create-product.ts';
import type { CreateUser } from '../use-cases/create-user.ts';
import type { ListProducts } from '../use-cases/list-products.ts';
import type { ListUserOrders } from '../use-cases/list-user-orders.ts';
import type { AdjustStock } from '../use-cases/adjust-stock.ts';
import type { ListUsers, ReadUser } from '../use-cases/list-users.ts';
import type { ReadOrderEvents } from '../use-cases/read-order-events.ts';
import type { Reports } from '../use-cases/reports.ts';
import type { UpsertUser } from '../use-cases/upsert-user.ts';
import type { ReadOrder } from '../use-cases/read-order.ts';
import type { SubmitOrders } from '../use-cases/submit-orders.ts';
import { contractsRoutes } from './contracts-routes.ts';
import { documentRoutes } from './openapi/document.ts';
import { refuseOtherMethods } from './known-paths.ts';
import { documentsRoutes } from './documents-routes.ts';
import { orderBatchesRoutes } from './order-batches-routes.ts';
import { ordersRoutes } from './orders-routes.ts';
import { answerWithProblems, sendProblem } from './problem-replies.ts';
import { problemsRoutes } from './problems-routes.ts';
import { productsRoutes } from './products-routes.ts';
import { type Protection, protect } from './protection/protection.ts';
import { refuseConnections } from './protection/refused-connections.ts';
import { requestIdOf } from './request-id.ts';
import { orderEventsRoutes } from './order-events-routes.ts';
import { readUsersRoutes } from './read-users-routes.ts';
import { reportsRoutes } from './reports-routes.ts';
import { stockRoutes } from './stock-routes.ts';
import type { VerifyToken } from './token-verifier.ts';
import { userOrdersRoutes } from './user-orders-routes.ts';
import { usersRoutes } from './users-routes.ts';
import { validatorCompiler } from './validation.ts';

/** Bytes. An order with 100 items needs 10 KiB. */
const BODY_LIMIT = 256 * 1024;

/** Bytes of the request line and the headers. */
const HEAD_LIMIT = 16 * 1024;

export interface HttpDependencies {
  readonly createUser: CreateUser;
  readonly createProduct: CreateProduct;
  readonly listProducts: ListProducts;
  readonly submitOrders: SubmitOrders;
  readonly cancelOrder: CancelOrder;
  readonly readOrder: ReadOrder;
  readonly listUserOrders: ListUserOrders;
  readonly upsertUser: UpsertUser;
  readonly readUser: ReadUser;
  readonly listUsers: ListUsers;
  readonly adjustStock: AdjustStock;
  readonly readOrderEvents: ReadOrderEvents;
  readonly reports: Reports;
  readonly verifyToken: VerifyToken;
  /** Absolute, without a slash at its end. */
  readonly publicUrl: string;
  readonly logger: FastifyBaseLogger;
  readonly protection: Protection;
  /** What watches requests; set before the first route. */
  readonly instruments: readonly ((app: FastifyInstance) => void)[];
}

/** The HTTP side of the service, not listening. */
export async function buildHttpApp(dependencies: HttpDependencies): Promise<FastifyInstance> {
  const { publicUrl, protection } = dependencies;
  const { timeouts, trustedProxies } = protection;
  const app = Fastify({
    loggerInstance: dependencies.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    http: {
      headersTimeout: timeouts.headersMs,
      maxHeaderSize: HEAD_LIMIT,
      connectionsCheckingInterval: Math.min(1_000, timeouts.headersMs),
    },
    clientErrorHandler: refuseConnections(publicUrl),
    // Closing is answered by a hook, with a problem.
    return503OnClosing: false,
    genReqId: requestIdOf,
    frameworkErrors: (_error, request, reply) => {
      void sendProblem(
        request,
        reply,
        { name: 'invalid-request', detail: 'The path cannot be read.' },
        publicUrl,
      );
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(validatorCompiler());
  app.removeContentTypeParser('text/plain');
  answerWithProblems(app, publicUrl);
  for (const instrument of dependencies.instruments) instrument(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    );
  });
  await protect(app, protection);
  refuseOtherMethods(app);
  await documentRoutes(app, publicUrl);
  await app.register(documentsRoutes);
  await app.register(problemsRoutes(dependencies));
  await app.register(contractsRoutes(dependencies));
  await app.register(usersRoutes(dependencies));
  await app.register(readUsersRoutes(dependencies));
  await app.register(productsRoutes(dependencies));
  await app.register(stockRoutes(dependencies));
  await app.register(ordersRoutes(dependencies));
  await app.register(orderBatchesRoutes(dependencies));
  await app.register(orderEventsRoutes(dependencies));
  await app.register(userOrdersRoutes(dependencies));
  await app.register(reportsRoutes(dependencies));
  return app;
}
