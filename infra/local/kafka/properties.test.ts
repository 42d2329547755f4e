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

it('tells clients the port of a proxy and keeps the brokers’ own talk away from it', () => {
  const lines = serverProperties({ ...node, brokerPort: 5 }, '/data', 3, { advertisedPort: 7 }).split('\n');
  expect(lines).toContain('listeners=CLIENT://127.0.0.1:3,BROKER://127.0.0.1:5,CONTROLLER://127.0.0.1:2');
  expect(lines).toContain('advertised.listeners=CLIENT://127.0.0.1:7,BROKER://127.0.0.1:5');
  expect(lines).toContain('inter.broker.listener.name=BROKER');
});

it('lets clients in by name and password, and lets all but the administrator do nothing at first', () => {
  const users = { admin: 'a', relay: 'r' };
  const lines = serverProperties({ ...node, brokerPort: 5 }, '/data', 3, { users }).split('\n');
  expect(lines).toContain(
    'listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
  );
  expect(lines.join()).toContain('PlainLoginModule required user_admin="a" user_relay="r";');
  expect(lines).toContain('authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer');
  expect(lines).toContain('super.users=User:admin;User:ANONYMOUS');
  expect(lines).toContain('allow.everyone.if.no.acl.found=false');
});
