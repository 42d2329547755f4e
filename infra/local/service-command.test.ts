import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { repositoryRoot } from './repository-root.ts';
import { serviceArgs } from './service-command.ts';

it.each(['order-api', 'outbox-relay', 'jobs', 'sales-projection'])(
  'Node runs %s with the same flags here and in a container',
  (service) => {
    const compose = parse(readFileSync(path.join(repositoryRoot, 'docker-compose.yml'), 'utf8'));
    const here = serviceArgs(service).map((arg) =>
      path.isAbsolute(arg) ? path.relative(repositoryRoot, arg) : arg,
    );
    expect(compose.services[service].command).toEqual(['node', ...here]);
  },
);
