import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

/** From a read by key to the patience of a client, in seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A path that no route serves is not a label: anybody could make up as many as they like. */
const NO_ROUTE = 'none';

/** How long each request took, by the route's template, never by its path. */
export function measureRequests(registry: Registry) {
  const duration = new Histogram({
    name: 'waybill_api_request_duration_seconds',
    help: 'From the head of a request to the end of its answer, by route template, method and class of the status.',
    labelNames: ['route', 'method', 'status'],
    buckets,
    registers: [registry],
  });
  return (app: FastifyInstance): void => {
    app.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? NO_ROUTE;
      const status = `${Math.floor(reply.statusCode / 100)}xx`;
      duration.labels(route, request.method, status).observe(reply.elapsedTime / 1_000);
    });
  };
}
