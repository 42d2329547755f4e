import { built, type Check } from './check.ts';

/** Each service's own schema accepts its environment and knows every variable in it. */
export const environmentsFit: Check = (compose, world) =>
  built(compose).flatMap(({ name, environment }) => {
    const settings = world.settings.get(name);
    if (!settings) return [`${name}: no configuration schema is known`];
    const unknown = Object.keys(environment)
      .filter((variable) => !settings.variables.has(variable))
      .map((variable) => `${name}: nobody reads ${variable}`);
    try {
      settings.parse(environment);
      return unknown;
    } catch (error) {
      return [...unknown, `${name}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });

/** This file is for development and says so; the same without its secrets is refused in production. */
export const secretsAreForDevelopment: Check = (compose, world) =>
  built(compose).flatMap(({ name, environment }) => {
    const settings = world.settings.get(name);
    if (environment['WAYBILL_ENV'] !== 'development') return [`${name}: WAYBILL_ENV is not development`];
    if (!settings) return [];
    const bare = Object.entries(environment).filter(([variable]) => !settings.secrets.includes(variable));
    try {
      settings.parse({ ...Object.fromEntries(bare), WAYBILL_ENV: 'production' });
      return [`${name}: a secret has a default in production`];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return settings.secrets
        .filter((secret) => !message.includes(secret))
        .map((secret) => `${name}: ${secret} has a default in production`);
    }
  });

/** Every role in a database URL exists, may connect to that database, and has its development password. */
export const rolesExist: Check = (compose, world) =>
  compose.services.flatMap((service) =>
    Object.entries(service.environment).flatMap(([variable, value]) => {
      if (!value.startsWith('postgres://')) return [];
      const { username, password, pathname } = new URL(value);
      const where = `${service.name}: ${variable}`;
      const roles = world.databases.get(pathname.slice(1));
      if (!roles) return [`${where}: no database ${pathname.slice(1)}`];
      if (!roles.includes(username)) return [`${where}: ${username} may not connect to ${pathname.slice(1)}`];
      return password === username ? [] : [`${where}: the development password of a role is its name`];
    }),
  );

/** Every topic that a variable names is one of the contracts', and the broker makes none by itself. */
export const topicsExist: Check = (compose, world) =>
  compose.services.flatMap(({ name, environment }) => [
    ...Object.entries(environment)
      .filter(([variable]) => /(^|_)TOPICS?$/.test(variable))
      .flatMap(([variable, value]) => value.split(',').map((topic) => [variable, topic] as const))
      .filter(([, topic]) => !world.topics.includes(topic))
      .map(([variable, topic]) => `${name}: ${variable}: no topic ${topic}`),
    ...(environment['KAFKA_PROCESS_ROLES'] !== undefined &&
    environment['KAFKA_AUTO_CREATE_TOPICS_ENABLE'] !== 'false'
      ? [`${name}: makes topics by itself`]
      : []),
  ]);

/** PostgreSQL keeps commit times: the demo measures from commit to acknowledgement. */
export const commitTimesAreKept: Check = (compose) =>
  compose.services.some(
    ({ name, command }) => name === 'postgres' && command.includes('track_commit_timestamp=on'),
  )
    ? []
    : ['postgres: track_commit_timestamp is not on'];
