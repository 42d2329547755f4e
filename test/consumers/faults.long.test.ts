import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MikroORM } from '@mikro-orm/postgresql';
import { describe, expect, inject, test } from 'vitest';
import { freePort, startKafka, startPostgres } from '../../infra/local/index.ts';
import { bootstrapCluster } from '../../infra/postgres/bootstrap.ts';
import { salesDatabase } from '../../infra/postgres/roles.ts';
import { salesMigrationOptions } from '../../services/sales-projection/src/persistence/orm-config.ts';
import { createSalesDatabase } from '../servers/databases.ts';
import '../servers/provided.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { type Kind, kinds, type Member, type MemberPlan, startMember } from './member.ts';
import type { DoomedPlan } from './member.process.ts';
import { effectsTotal, openTraffic, prepareEffects, untilEffects, wrongEffects } from './traffic.ts';

const program = fileURLToPath(new URL('./member.process.ts', import.meta.url));

/** Lets a member run in a process of its own until it has killed itself. */
async function killed(plan: DoomedPlan): Promise<void> {
  const child = fork(program, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send(plan);
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
}

/** A database, two topics with traffic, and the plan of whoever consumes them. */
async function openSite(kind: Kind) {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await createSalesDatabase());
  const superuser = database.urlFor('superuser');
  await prepareEffects(superuser);
  const brokers = inject('servers').kafkaBrokers;
  const traffic = opening.use(await openTraffic(brokers));
  const { topics } = traffic;
  const databaseUrl = database.urlFor('waybill_sales');
  const plan: MemberPlan = { kind, databaseUrl, brokers, group: `of_${topics[0]}`, topics };
  const opened = opening.move();
  return { superuser, traffic, plan, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

describe.each(kinds)('over %s', (kind) => {
  test('members killed at every point, duplicates and a replay of everything leave every effect once, in order, to the cent', async () => {
    await using site = await openSite(kind);
    const { superuser, traffic, plan } = site;
    const points = ['beforeTransaction', 'beforeCommit', 'afterCommit'] as const;
    for (const diesAt of points) {
      await traffic.publish(150, 3);
      await killed({ ...plan, diesAt, survives: 1 });
    }
    // During a rebalance: members come and go until the one that has worked has to join again.
    const died = new AbortController();
    const dying = killed({ ...plan, diesAt: 'onRejoined', survives: 0 }).then(() => died.abort());
    let keys = 450;
    while (!died.signal.aborted) {
      await using _passing = await startMember(plan);
      await traffic.publish(30, 3);
      keys += 30;
      await pause(3_000);
    }
    await dying;
    await using survivor = await startMember(plan);
    await using _second = await startMember(plan);
    await untilEffects(superuser, keys * 3);
    await traffic.replay();
    await traffic.publish(20);
    await untilEffects(superuser, (keys + 20) * 3);
    expect(await wrongEffects(superuser)).toEqual([]);
    expect(await effectsTotal(superuser)).toBe(traffic.total());
    expect(survivor.consumer.status().stored?.deadLetters.waiting ?? 0).toBe(0);
  });

  test('members that join and leave every two seconds leave every effect once, in order, to the cent', async () => {
    await using site = await openSite(kind);
    const { superuser, traffic, plan } = site;
    const members: Member[] = [await startMember(plan)];
    let keys = 0;
    for (let gust = 0; gust < 10; gust += 1) {
      members.push(await startMember(plan));
      await traffic.publish(40, 2);
      keys += 40;
      await pause(2_000);
      if (gust % 2 === 1) await members.shift()?.[Symbol.asyncDispose]();
    }
    await untilEffects(superuser, keys * 3);
    for (const member of members) await member[Symbol.asyncDispose]();
    expect(await wrongEffects(superuser)).toEqual([]);
    expect(await effectsTotal(superuser)).toBe(traffic.total());
  });

  test('a broker and a database that restart under load leave every effect once, in order, to the cent', async () => {
    await using folder = temporaryFolder();
    const progress = (): void => undefined;
    const kafkaOptions = { dataDir: path.join(folder.path, 'kafka'), port: await freePort(), progress };
    const postgresOptions = {
      dataDir: path.join(folder.path, 'pg'),
      port: await freePort(),
      progress,
      durability: 'process',
    } as const;
    let [kafka, postgres] = await Promise.all([startKafka(kafkaOptions), startPostgres(postgresOptions)]);
    try {
      await bootstrapCluster(postgres.url, {
        passwordOf: (role) => role,
        databases: [salesDatabase('waybill_sales')],
      });
      const urlFor = (role: string): string => {
        const url = new URL(postgres.url);
        if (role !== 'superuser') url.username = url.password = role;
        url.pathname = '/waybill_sales';
        return url.href;
      };
      const orm = await MikroORM.init(salesMigrationOptions(urlFor('waybill_migrator')));
      await orm.migrator.up();
      await orm.close(true);
      await prepareEffects(urlFor('superuser'));
      const brokers = [kafka.url];
      await using traffic = await openTraffic(brokers);
      const plan: MemberPlan = {
        kind,
        databaseUrl: urlFor('waybill_sales'),
        brokers,
        group: 'restarts',
        topics: traffic.topics,
      };
      await using one = await startMember(plan);
      await using _two = await startMember(plan);
      await traffic.publish(200);
      await untilEffects(urlFor('superuser'), 1);
      // More losses than a pool is large.
      for (let restart = 0; restart < 3; restart += 1) {
        await traffic.publish(100);
        await postgres.stop();
        await pause(1_000);
        postgres = await startPostgres(postgresOptions);
      }
      await kafka.stop();
      kafka = await startKafka(kafkaOptions);
      await traffic.publish(100);
      await untilEffects(urlFor('superuser'), 600 * 3);
      expect(await wrongEffects(urlFor('superuser'))).toEqual([]);
      expect(await effectsTotal(urlFor('superuser'))).toBe(traffic.total());
      expect(one.consumer.status().sinceStart.deadLetters).toBe(0);
    } finally {
      await Promise.all([kafka.stop(), postgres.stop()]);
    }
  });
});
