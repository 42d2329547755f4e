import { howLong, orDash } from '../display/amounts.ts';
import { type Column, table } from '../display/table.ts';
import type { JobOverview } from './jobs.sql.ts';
import { findingsOf } from './run-as-text.ts';

const columns: readonly Column<JobOverview>[] = [
  { title: 'job', text: ({ name }) => name },
  { title: 'schedule', text: ({ schedule }) => schedule },
  { title: 'now', text: isAt },
  { title: 'last run', text: ({ last }) => orDash(last?.finishedAt, (time) => time.toISOString()) },
  { title: 'took', align: 'right', text: ({ last }) => orDash(last?.tookMs, howLong) },
  { title: 'came to', text: cameTo },
  { title: 'error', text: ({ open, last }) => orDash(open?.error ?? last?.error) },
];

function isAt({ open, standing }: JobOverview): string {
  return standing === 'retired' ? standing : (open?.state ?? 'idle');
}

function cameTo({ last }: JobOverview): string {
  if (last === null) return '–';
  const findings = findingsOf(last).length;
  return findings === 0 ? last.state : `${last.state}, ${findings} found`;
}

export function jobsAsText(jobs: readonly JobOverview[]): string {
  if (jobs.length === 0) return 'No service of the jobs has ever run against this database.\n';
  const silence = jobs.every(({ standing }) => standing !== 'here')
    ? `No service of the jobs has been heard of since ${lastSeen(jobs)}: nothing begins until one is started.\n`
    : '';
  return `${table(columns, jobs)}${silence}`;
}

function lastSeen(jobs: readonly JobOverview[]): string {
  return new Date(Math.max(...jobs.map(({ seenAt }) => seenAt.getTime()))).toISOString();
}
