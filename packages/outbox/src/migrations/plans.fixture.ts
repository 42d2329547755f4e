import type pg from 'pg';

/** How one table was read: by an index, or from its first page to its last. */
export interface Scan {
  /** As `explain` calls it. */
  readonly kind: string;
  readonly table: string;
  /** With those of the index. */
  readonly pages: number;
}

/** How a statement was carried out. */
export interface Plan {
  readonly pages: number;
  /** Of the statement itself, not of functions that it calls. */
  readonly scans: readonly Scan[];
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

/**
 * What functions run for `statement`, in the order in which it ended. `explain` shows a call as one node without what
 * it read, and the same text by itself may be planned otherwise than inside.
 *
 * @param admin a superuser's connection, on which auto_explain stays loaded and silent
 */
export async function innerPlans(
  admin: pg.Client,
  statement: string,
  values: readonly unknown[],
): Promise<Plan[]> {
  await admin.query(`
    load 'auto_explain';
    set auto_explain.log_analyze = on; set auto_explain.log_buffers = on; set auto_explain.log_format = 'json';
    set auto_explain.log_nested_statements = on`);
  await admin.query(statement, [...values]); // the first time the catalogue's pages count too
  const plans: { readonly text: string; readonly plan: PlanNode }[] = [];
  const take = ({ message = '' }: { readonly message?: string | undefined }): void => {
    if (!/^duration: .* plan:\s*\{/.test(message)) return; // somebody else's word
    const { 'Query Text': text, Plan: plan } = JSON.parse(message.slice(message.indexOf('{')));
    plans.push({ text, plan });
  };
  admin.on('notice', take);
  try {
    await admin.query('set client_min_messages = log; set auto_explain.log_min_duration = 0');
    await admin.query(statement, [...values]);
  } finally {
    await admin.query('reset auto_explain.log_min_duration; reset client_min_messages');
    admin.off('notice', take);
  }
  return plans
    .filter(({ text }) => text !== statement)
    .map(({ plan }) => ({ pages: pagesOf(plan), scans: scansOf(plan) }));
}

/** How a statement is carried out, as the connection's role and at this moment. */
export async function planOf(
  client: pg.Client | pg.Pool,
  statement: string,
  values: readonly unknown[],
): Promise<Plan> {
  const explained = `explain (analyze, buffers, format json) ${statement}`;
  await client.query(explained, [...values]); // the first time the catalogue's pages count too
  const { rows } = await client.query(explained, [...values]);
  const [{ Plan: plan }] = rows[0]['QUERY PLAN'];
  return { pages: pagesOf(plan), scans: scansOf(plan) };
}

function scansOf(node: PlanNode): Scan[] {
  const { 'Node Type': kind, 'Relation Name': table, Plans: below = [] } = node;
  if (table !== undefined) return [{ kind, table, pages: pagesOf(node) }];
  return below.flatMap(scansOf);
}

function pagesOf(node: PlanNode): number {
  return node['Shared Hit Blocks'] + node['Shared Read Blocks'];
}
