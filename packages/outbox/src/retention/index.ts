export { dropOldDays, type KeptPartition, type RetentionOutcome } from './drop-old-days.ts';
export { type OldPartition, readOldPartitions } from './retention.sql.ts';
