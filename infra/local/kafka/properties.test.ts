import { expect, it } from 'vitest';
import { serverProperties } from './properties.ts';

const clusterId = 'AAAAAAAAAAAAAAAAAAAAAA';
const node = { id: 1, controllerPort: 2, voters: ['1@127.0.0.1:2'], clusterId };

it('makes one node of a KRaft cluster that listens on this machine alone and makes no topic by itself', () => {
  const lines = serverProperties(node, '/data', 3).split('\n');
  expect(lines).toContain('listeners=CLIENT://127.0.0.1:3,CONTROLLER://127.0.0.1:2');
  expect(lines).toContain('advertised.listeners=CLIENT://127.0.0.1:3');
  expect(lines).toContain('auto.create.topics.enable=false');
  expect(lines).toContain('offsets.topic.replication.factor=1');
});

it('replicates three times where there are three nodes', () => {
  const voters = ['1@127.0.0.1:2', '2@127.0.0.1:4', '3@127.0.0.1:6'];
  const lines = serverProperties({ ...node, voters }, '/data', 3).split('\n');
  expect(lines).toContain(`controller.quorum.voters=${voters.join(',')}`);
  expect(lines).toContain('default.replication.factor=3');
  expect(lines).toContain('min.insync.replicas=2');
});
