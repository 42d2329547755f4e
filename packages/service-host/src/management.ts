import Fastify from 'fastify';

/** What a check answers; it is also the JSON that the caller gets, so no secret and no personal data belongs here. */
export type Health =
  | { readonly status: 'ok'; readonly [detail: string]: unknown }
  | { readonly status: 'unavailable'; readonly reason: string; readonly [detail: string]: unknown };

export type HealthCheck = () => Health | Promise<Health>;

export interface ManagementOptions {
  /** 127.0.0.1 unless a probe comes from outside: nothing here asks who is calling. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Whether the process should go on living; keep servers that it depends on out of it, a restart mends none. */
  readonly live: HealthCheck;
  /** Whether work should be given to the process now. */
  readonly ready: HealthCheck;
  /** Numbers for people and tools, answered at /status; without it /status is 404. */
  readonly status?: () => object | Promise<object>;
  /** Answered at /metrics in Prometheus's text format; without it /metrics is 404. */
  readonly metrics?: Metrics;
  /** More paths to GET as JSON, each with its query; an error's `statusCode` is the answer's. */
  readonly reads?: Readonly<Record<string, (query: unknown) => Promise<object>>>;
}

/** What a prom-client `Registry` gives. */
export interface Metrics {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface ManagementServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A check that has not answered by then counts as unavailable, so that a hung database does not hang the probe. */
const checkLimitMs = 2_000;

/**
 * Serves GET /livez and /readyz (200 or 503 with the check's answer), GET /status and GET /metrics, on a port of
 * its own.
 *
 * @throws the error of `listen`, for example EADDRINUSE
 */
export async function startManagementServer(options: ManagementOptions): Promise<ManagementServer> {
  const app = Fastify();
  app.setReplySerializer((payload) => JSON.stringify(payload, bigintAsText));
  for (const [path, check] of [
    ['/livez', options.live],
    ['/readyz', options.ready],
  ] as const) {
    app.get(path, async (_request, reply) => {
      const health = await answerInTime(check);
      return reply.code(health.status === 'ok' ? 200 : 503).send(health);
    });
  }
  for (const [path, read] of Object.entries(options.reads ?? {})) {
    app.get(path, async (request, reply) => reply.send(await read(request.query)));
  }
  const { status, metrics } = options;
  if (status) app.get('/status', async (_request, reply) => reply.send(await status()));
  if (metrics) {
    // Serialized already, unlike everything else here.
    const asItIs = (text: unknown): string => String(text);
    app.get('/metrics', async (_request, reply) =>
      reply
        .type(metrics.contentType)
        .serializer(asItIs)
        .send(await metrics.metrics()),
    );
  }
  const url = await app.listen({ host: options.host, port: options.port });
  return { url, port: Number(new URL(url).port), close: () => app.close() };
}

async function answerInTime(check: HealthCheck): Promise<Health> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Health>((resolve) => {
    const reason = `no answer within ${checkLimitMs} ms`;
    timer = setTimeout(() => resolve({ status: 'unavailable', reason }), checkLimitMs);
  });
  try {
    return await Promise.race([Promise.resolve().then(check), late]);
  } catch (error) {
    return { status: 'unavailable', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
