import { howLong, orDash } from '../display/amounts.ts';
import { type Column, table } from '../display/table.ts';
import type { JobOverview } from './jobs.sql.ts';
import { findingsOf } from './run-as-text.ts';

const columns: readonly Column<JobOverview>[] = [
  { title: 'job', text: ({ name }) => name },
  { title: 'schedule', text: ({ schedule }) => schedule },
  { title: 'now', text: ({ open }) => open?.state ?? 'idle' },
  { title: 'last run', text: ({ last }) => orDash(last?.finishedAt, (time) => time.toISOString()) },
  { title: 'took', align: 'right', text: ({ last }) => orDash(last?.tookMs, howLong) },
  { title: 'came to', text: cameTo },
  { title: 'error', text: ({ open, last }) => orDash(open?.error ?? last?.error) },
];

function cameTo({ last }: JobOverview): string {
  if (last === null) return '–';
  const findings = findingsOf(last).length;
  return findings === 0 ? last.state : `${last.state}, ${findings} found`;
}

export function jobsAsText(jobs: readonly JobOverview[]): string {
  if (jobs.length === 0) return 'No service of the jobs has ever run against this database.\n';
  return table(columns, jobs);
}
