import {
  at,
  importedWorkspace,
  isTestCode,
  packageOf,
  type Violation,
  workspaceFolderOf,
  type Workspaces,
} from '../places.ts';
import type { SourceFile } from '../source-file.ts';

const orderAgnostic = new Set(['packages/outbox', 'packages/inbox', 'packages/kafka']);

/** outbox, inbox and kafka carry anybody's events: they know neither Waybill's contracts nor a service. */
export function ordersStayOutside(file: SourceFile, workspaces: Workspaces): Violation[] {
  if (!orderAgnostic.has(workspaceFolderOf(file.path))) return [];
  return file.imports
    .filter((entry) => {
      const target = importedWorkspace(entry, workspaces) ?? '';
      return target === 'packages/contracts' || target.startsWith('services/');
    })
    .map((entry) =>
      at(file, entry, `${workspaceFolderOf(file.path)} knows of orders through ${entry.specifier}`),
    );
}

/**
 * A Kafka client needs its patch and its settings (no retries, no topic creation): one package owns both clients.
 * kafkajs is for nobody else; tests may look at Kafka through the other one.
 */
export function onlyKafkaImportsItsClients(file: SourceFile): Violation[] {
  if (workspaceFolderOf(file.path) === 'packages/kafka') return [];
  const owned = isTestCode(file.path) ? ['kafkajs'] : ['kafkajs', '@platformatic/kafka'];
  return file.imports.flatMap((entry) => {
    const name = packageOf(entry.specifier);
    if (name === undefined || !owned.includes(name)) return [];
    return [at(file, entry, `only packages/kafka imports ${name}`)];
  });
}

/**
 * The checker judges the product, so it may share nothing with it, not even a constant. Its own tests are exempt: they
 * judge the checker, on databases that the product's migrations made.
 */
export function checkerStandsAlone(file: SourceFile, workspaces: Workspaces): Violation[] {
  if (!file.path.startsWith('test/checker/') || file.path.endsWith('.test.ts')) return [];
  const own = (target: string | undefined) => target === undefined || target.startsWith('test/checker/');
  return file.imports
    .filter((entry) => (importedWorkspace(entry, workspaces) ?? '') !== '' || !own(entry.target))
    .map((entry) => at(file, entry, `the checker imports ${entry.specifier}, which it is there to judge`));
}
