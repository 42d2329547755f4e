import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { nameSchemas } from './named-schemas.ts';
import { documentedSchema } from './operation.ts';

/** The version of the contract, not of the program: it changes when the paths under /v1 do. */
const VERSION = '1.0.0';

const description = `
Orders that are never lost and never placed twice. Every change takes an \`Idempotency-Key\` where repeating it would
do harm, every error is a problem (RFC 9457) whose \`type\` is a page that says what to do, and lists are read page by
page with an opaque cursor. A path that is called with a method that it does not have answers 405 with \`Allow\`.
`;

const tags = [
  { name: 'users', description: 'Those who order' },
  { name: 'products', description: 'The catalogue and what is in stock' },
  { name: 'orders', description: 'Placing, reading and cancelling orders, and where their events are' },
  { name: 'reports', description: 'Sums over all orders' },
  { name: 'documents', description: 'This contract, its problems and the schemas of the events' },
];

/**
 * Collects the routes that are registered after it into the OpenAPI document, served at /openapi.json and, readable,
 * at /docs with files of its own: a browser needs no other host. A route that says nothing of itself keeps the
 * service from starting.
 */
export async function documentRoutes(app: FastifyInstance, publicUrl: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'Waybill order API',
        version: VERSION,
        description: description.trim().replaceAll('\n', ' '),
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: publicUrl }],
      tags,
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'An access token (`typ` is `at+jwt`) whose `scope` holds the scope that the operation names; `sub` is the user.',
          },
        },
      },
    },
    transform: ({ route, url }) => ({ schema: documentedSchema(route, publicUrl), url }),
    transformObject: (made) => ('openapiObject' in made ? nameSchemas({ ...made.openapiObject }) : {}),
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    // The badge would ask a public validator.
    uiConfig: { validatorUrl: null, docExpansion: 'list', deepLinking: true },
    staticCSP: true,
  });
  app.addHook('onReady', async () => {
    app.swagger();
  });
}
