import type { Mutant } from './mutant.ts';

const orderApi = 'services/order-api/src';
const persistence = `${orderApi}/persistence`;
const twoProcesses = [`${orderApi}/http/two-processes.long.test.ts`];
const stopping = [`${orderApi}/main.long.test.ts`];
const traced = ['test/e2e/trace.integration.test.ts'];
const upkeep = ['services/jobs/src/upkeep/upkeep.integration.test.ts'];
const auditRetention = `${persistence}/migrations/audit-retention.sql.ts`;
const closing = `${orderApi}/http/protection/closing.ts`;

/** The order API as it is deployed: its settings, several processes, a replica, the end, and who may forget what. */
export const processMutants: readonly Mutant[] = [
  {
    name: 'process: reports are read where orders are written',
    file: `${orderApi}/config.ts`,
    find: 'databaseUrl: settings.DATABASE_READ_URL ?? orders.databaseUrl,',
    replace: 'databaseUrl: orders.databaseUrl,',
    tests: ['test/restore/replica.long.test.ts'],
    why: 'a report over all orders would take the time of those who order',
  },
  {
    name: 'process: a key is known to the process that saw it',
    file: `${orderApi}/use-cases/place-orders.ts`,
    find: 'identity: { principal: principal.subject, route, key: idempotencyKey },',
    replace: 'identity: { principal: principal.subject, route, key: `${process.pid} ${idempotencyKey}` },',
    tests: twoProcesses,
    why: 'a retry that the load balancer sends elsewhere would order again',
  },
  {
    name: 'process: what another process sells is not waited for',
    file: `${persistence}/locked-products.sql.ts`,
    find: ' order by id for no key update`',
    replace: ' order by id`',
    tests: twoProcesses,
    why: 'two processes would sell the same pieces',
  },
  {
    name: 'process: a body that does not come keeps it from closing',
    file: closing,
    find: 'timers.push(setTimeout(() => answerAll(underWay), drainMs));',
    replace: '',
    tests: stopping,
    why: 'a slow client would be cut off at the end, and not know what became of its request',
  },
  {
    name: 'process: a stop cuts off what runs',
    file: closing,
    find: 'drainMs + LAST_WORDS_MS',
    replace: '0',
    tests: stopping,
    failsWith: /fetch failed|socket hang up|terminated|ECONNRESET/,
    why: 'each deployment would leave clients without an answer to orders that are placed',
  },
  {
    name: 'process: the event carries the caller’s span through Kafka',
    file: `${orderApi}/observability/server-spans.ts`,
    find: 'propagation.inject(own, request.raw.headers);',
    replace: '',
    tests: traced,
    why: 'the request would be missing between its caller and the relay',
  },
  {
    name: 'process: the relay sends without a span',
    file: 'services/outbox-relay/src/main.ts',
    find: `publisher: tracing.state === 'on' ? tracedPublisher(publisher, tracing.tracer) : publisher,`,
    replace: 'publisher,',
    tests: traced,
    why: 'nobody could tell when an order left for Kafka',
  },
  {
    name: 'process: the least number of connections is not set',
    file: `${orderApi}/config.ts`,
    find: 'min: settings.DATABASE_POOL_MIN,',
    replace: 'min: 0,',
    tests: [`${orderApi}/config.test.ts`],
    why: 'after each quiet minute the first orders would wait for connections',
  },
  {
    name: 'pool: no least size',
    file: `${persistence}/pool-settings.ts`,
    find: 'min: settings.min,',
    replace: '',
    tests: [`${persistence}/pool.integration.test.ts`],
    only: 'down to its least size',
    why: 'after each quiet minute the first orders would wait for connections',
  },
  {
    name: 'batch: keys are looked up one by one',
    file: `${orderApi}/use-cases/place-order-batch.ts`,
    find: 'const stored = await unit.idempotency.find(lockedIdentities, now);',
    replace:
      'const stored = (await Promise.all(lockedIdentities.map((one) => unit.idempotency.find([one], now)))).flat();',
    tests: [`${orderApi}/use-cases/place-orders.integration.test.ts`],
    only: 'is the same for one order and for 64',
    why: 'a group of 64 orders would cost 63 round trips more',
  },
  {
    name: 'audit: young entries are forgotten with the old',
    file: auditRetention,
    find: 'select id from audit_log where at < cutoff limit at_most',
    replace: 'select id from audit_log limit at_most',
    tests: upkeep,
    only: 'forget-audit',
    why: 'what was done today would be gone with the first upkeep',
  },
  {
    name: 'audit: yesterday may be forgotten',
    file: auditRetention,
    find: 'if keep_days is null or keep_days < 30 then',
    replace: 'if keep_days is null then',
    tests: upkeep,
    only: 'forget-audit',
    why: 'whoever has the jobs’ password could cover what they did',
  },
  {
    name: 'audit: anybody may have entries forgotten',
    file: auditRetention,
    find: 'revoke execute on function audit_log_forget(integer, integer) from public;',
    replace: '',
    tests: upkeep,
    only: 'forget-audit',
    why: 'the API’s role could thin out its own trail',
  },
  {
    name: 'audit: the upkeep ends after its first batch',
    file: 'services/jobs/src/upkeep/forget-audit.ts',
    find: 'if (now < batch) return { deleted };',
    replace: 'return { deleted };',
    tests: upkeep,
    only: 'forget-audit',
    why: 'a busy service would gather entries faster than they go',
  },
  {
    name: 'audit: upkeep may delete entries itself',
    file: `${persistence}/migrations/audit.sql.ts`,
    find: 'grant insert (row_version, request_id) on audit_log to waybill_api;',
    replace:
      'grant insert (row_version, request_id) on audit_log to waybill_api; grant delete on audit_log to waybill_jobs;',
    tests: [`${orderApi}/http/audit.integration.test.ts`],
    only: 'is only appended to: waybill_jobs',
    why: 'an entry that can be removed proves nothing',
  },
];
