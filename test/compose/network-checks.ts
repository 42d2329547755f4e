import type { Check } from './check.ts';
import type { ComposeService } from './compose-file.ts';
import { stageWithBases } from './dockerfile.ts';
import { addressesIn, isOneShot, listensOn } from './network.ts';
import type { World } from './world.ts';

/** Every published port is one that the service listens to, on this machine alone, and the same as outside. */
export const portsMatch: Check = (compose, world) => {
  const expected = portsOutside(world);
  return compose.services.flatMap((service) => {
    const listening = listensOn(service, world);
    const problems = service.ports.flatMap(({ host, published, target }) => [
      ...(host === '127.0.0.1' ? [] : [`${service.name}: ${published} is published to ${host}`]),
      ...(listening.includes(target) ? [] : [`${service.name}: nothing listens on ${target}`]),
      ...(expected.get(service.name)?.includes(published)
        ? []
        : [`${service.name}: npm start does not use ${published}`]),
    ]);
    const missing = (expected.get(service.name) ?? []).filter(
      (port) => !service.ports.some((one) => one.published === port),
    );
    return [...problems, ...missing.map((port) => `${service.name}: ${port} is not published`)];
  });
};

/** The ports of `npm start`: what each service looks for, or listens to, when nothing is said. */
function portsOutside(world: World): Map<string, number[]> {
  const defaults = (name: string) => world.settings.get(name)?.defaults ?? {};
  const relay = defaults('outbox-relay');
  const portOf = (value: unknown) => addressesIn(String(value)).map(({ port }) => port);
  const own = (name: string) =>
    [defaults(name)['PORT'], defaults(name)['MANAGEMENT_PORT']].flatMap((port) =>
      port === undefined ? [] : [Number(port)],
    );
  return new Map([
    ['postgres', portOf(relay['DATABASE_URL'])],
    ['kafka', portOf(relay['KAFKA_BROKERS'])],
    ['redis', portOf(relay['REDIS_URL'])],
    ...['order-api', 'outbox-relay', 'jobs', 'sales-projection'].map((name): [string, number[]] => [
      name,
      own(name),
    ]),
  ]);
}

/** Every address in an environment is one of this file's services, on a port that it listens to. */
export const addressesReach: Check = (compose, world) => {
  const byName = new Map(compose.services.map((service) => [service.name, service]));
  return compose.services.flatMap((service) =>
    Object.entries(service.environment).flatMap(([variable, value]) =>
      addressesIn(value)
        // What a service says of itself to the outside (PUBLIC_URL, the HOST listener) is a published port.
        .filter(
          ({ host, port }) => !(host === '127.0.0.1' && service.ports.some((one) => one.published === port)),
        )
        .filter(({ host, port }) => {
          const target = byName.get(host);
          return !target || !listensOn(target, world).includes(port);
        })
        .map(({ host, port }) => `${service.name}: ${variable}: nobody listens on ${host}:${port}`),
    ),
  );
};

/** A service waits for every service whose address it is given, in a way that this one can fulfil. */
export const dependenciesHold: Check = (compose, world) => {
  const byName = new Map(compose.services.map((service) => [service.name, service]));
  return compose.services.flatMap((service) => {
    const named = new Set(
      Object.values(service.environment)
        .flatMap(addressesIn)
        .map(({ host }) => host),
    );
    const unawaited = [...named]
      .filter((name) => name !== service.name && byName.has(name) && service.dependsOn[name] === undefined)
      .map((name) => `${service.name}: does not wait for ${name}`);
    const impossible = Object.entries(service.dependsOn).flatMap(([on, condition]) => {
      const target = byName.get(on);
      if (!target) return [`${service.name}: no service ${on}`];
      const wanted = isOneShot(target) ? 'service_completed_successfully' : 'service_healthy';
      return condition === wanted ? [] : [`${service.name}: waits for ${on} by ${condition}, not ${wanted}`];
    });
    const prepared = service.build && service.name !== 'prepare' && !service.dependsOn['prepare'];
    return [
      ...unawaited,
      ...impossible,
      ...(prepared ? [`${service.name}: does not wait for prepare`] : []),
      ...unwatched(service, world),
    ];
  });
};

/** What runs for ever has a health check, its own or its image's. */
function unwatched(service: ComposeService, world: World): string[] {
  if (isOneShot(service)) return [];
  const fromImage = stageWithBases(world.stages, service.build?.target ?? '').some((stage) =>
    stage.instructions.some(({ name }) => name === 'HEALTHCHECK'),
  );
  const watched = service.healthcheck === undefined ? fromImage : service.healthcheck.length > 0;
  return watched ? [] : [`${service.name}: has no health check`];
}
