import path from 'node:path';
import { built, type Check } from './check.ts';
import { copiedSources, type Instruction, isInContext, stageWithBases } from './dockerfile.ts';

/** Build contexts, Dockerfile, stages, COPY sources, bind mounts: every path leads somewhere. */
export const pathsExist: Check = (compose, world) => {
  const problems: string[] = [];
  for (const { name, build, volumes } of compose.services) {
    if (build) {
      if (!world.exists(build.context)) problems.push(`${name}: no build context ${build.context}`);
      if (!world.exists(build.dockerfile)) problems.push(`${name}: no ${build.dockerfile}`);
      if (stageWithBases(world.stages, build.target).length === 0)
        problems.push(`${name}: no stage ${build.target}`);
    }
    for (const { source } of volumes) {
      if (/^[./]/.test(source) && !world.exists(source)) problems.push(`${name}: no ${source} to mount`);
    }
  }
  for (const source of world.stages.flatMap(copiedSources)) {
    if (!world.exists(source)) problems.push(`Dockerfile: no ${source} to copy`);
    if (!isInContext(world.ignoreFile, source))
      problems.push(`Dockerfile: ${source} is kept out by .dockerignore`);
  }
  return problems;
};

/** `npm ci` needs every workspace's package.json, and the links that it makes need the sources. */
export const workspacesAreCopied: Check = (_compose, world) => {
  const copied = new Set(world.stages.flatMap(copiedSources));
  return world.manifests
    .filter((manifest) => !copied.has(manifest))
    .map((manifest) => `Dockerfile: ${manifest} is not copied before npm ci`);
};

/** The files that commands and health checks run exist and are in the image. */
export const commandsExist: Check = (compose, world) =>
  built(compose).flatMap(({ name, command, healthcheck, build }) => {
    const stages = stageWithBases(world.stages, build?.target ?? '');
    const inImage = stages.flatMap(copiedSources);
    const own =
      stages.flatMap((stage) => stage.instructions).findLast((one) => one.name === 'HEALTHCHECK')?.text ?? '';
    const scripts = [...command, ...(healthcheck ?? own.split(/[\s",[\]]+/))].filter((part) =>
      /\.[cm]?[jt]s$/.test(part),
    );
    return scripts
      .filter(
        (script) =>
          !world.exists(script) || !inImage.some((source) => script === source || script.startsWith(source)),
      )
      .map((script) => `${name}: ${script} is not in the image`);
  });

/** Images are named by an exact version, and Node and Kafka are those that run without Docker too. */
export const versionsAgree: Check = (compose, world) => {
  const base = world.stages[0]?.from ?? '';
  const pulled = compose.services
    .filter((service) => !service.build)
    .map(({ name, image = '' }) => ({ name, image }));
  const loose = [...pulled, { name: 'Dockerfile', image: base }]
    .filter(({ image }) => !/:\d+\.\d+(\.\d+)?(-[a-z0-9-]+)?$/.test(image))
    .map(({ name, image }) => `${name}: ${image} is not one version`);
  const kafka = pulled.find(({ name }) => name === 'kafka')?.image ?? '';
  return [
    ...loose,
    ...(base === `node:${world.nodeVersion}-bookworm-slim`
      ? []
      : [`Dockerfile: ${base}, but package.json locks Node ${world.nodeVersion}`]),
    ...(kafka === `apache/kafka:${world.kafkaVersion}`
      ? []
      : [`kafka: ${kafka}, but npm start runs ${world.kafkaVersion}`]),
  ];
};

/** Every named volume is declared and used; no container of ours runs as root. */
export const volumesAndUsersHold: Check = (compose, world) => {
  const used = new Set(
    compose.services
      .flatMap(({ volumes }) => volumes.map(({ source }) => source))
      .filter((source) => !/^[./]/.test(source)),
  );
  const users = built(compose).map(({ name, build }) => {
    const instructions = stageWithBases(world.stages, build?.target ?? '').flatMap(
      (stage) => stage.instructions,
    );
    return { name, user: instructions.findLast((one) => one.name === 'USER')?.text ?? 'root' };
  });
  return [
    ...[...used]
      .filter((name) => !compose.volumes.includes(name))
      .map((name) => `volume ${name} is not declared`),
    ...compose.volumes.filter((name) => !used.has(name)).map((name) => `volume ${name} is not used`),
    ...users.filter(({ user }) => /^(root|0)(:|$)/.test(user)).map(({ name }) => `${name} runs as root`),
  ];
};

/** The compile cache is filled when the image is built: by its user, in a folder of his, with all that it will start. */
export const cacheIsFilled: Check = (compose, world) =>
  [...new Set(built(compose).map(({ build }) => build?.target ?? ''))].flatMap((target) => {
    const instructions = stageWithBases(world.stages, target).flatMap((stage) => stage.instructions);
    const last = (matches: (instruction: Instruction) => boolean): number =>
      instructions.findLastIndex(matches);
    const cache = last(({ name, text }) => name === 'ENV' && text.startsWith('NODE_COMPILE_CACHE='));
    const filled = last(({ name, text }) => name === 'RUN' && text === 'node infra/docker/precompile.ts');
    const user = last(({ name }) => name === 'USER');
    const folder = path.dirname(instructions[cache]?.text.split('=')[1] ?? '');
    const owned = instructions.some(
      ({ name, text }) =>
        name === 'RUN' &&
        text.startsWith(`install -d -o ${instructions[user]?.text} `) &&
        text.split(' ').includes(folder),
    );
    return [
      ...(cache === -1 ? ['Dockerfile: NODE_COMPILE_CACHE is not set'] : []),
      ...(filled === -1 ? ['Dockerfile: the compile cache is not filled'] : []),
      ...(owned ? [] : [`Dockerfile: ${folder} is not the user’s`]),
      ...(filled <
      Math.max(
        cache,
        user,
        last(({ name }) => name === 'COPY'),
      )
        ? ['Dockerfile: the compile cache is filled before its folder, its user or the sources are there']
        : []),
    ];
  });
