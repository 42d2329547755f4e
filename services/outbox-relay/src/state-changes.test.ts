import { expect, it } from 'vitest';
import { StateChanges } from './state-changes.ts';

const MINUTE = 60_000;

it('says a fall and the recovery from it at once', () => {
  const changes = new StateChanges<string>(MINUTE);
  expect(changes.isWorthSaying('lane 1', 'falls', 0)).toBe(true);
  expect(changes.isWorthSaying('lane 1', 'recovers', 5_000)).toBe(true);
  expect(changes.takeDue(MINUTE)).toEqual([]);
});

it('says a subject that flaps once a minute, with the number of changes and where it stands', () => {
  const changes = new StateChanges<string>(MINUTE);
  let said = 0;
  for (let second = 0; second < 60; second += 1) {
    const change = second % 2 === 0 ? 'falls' : 'recovers';
    if (changes.isWorthSaying('lane 1', change, second * 1_000)) said += 1;
    expect(changes.takeDue(second * 1_000)).toEqual([]);
  }
  expect(said).toBe(2);
  expect(changes.takeDue(MINUTE)).toEqual([{ last: 'recovers', changes: 58 }]);

  expect(changes.isWorthSaying('lane 1', 'falls', MINUTE + 1_000)).toBe(false);
  expect(changes.takeDue(2 * MINUTE)).toEqual([{ last: 'falls', changes: 1 }]);
});

it('loses no change that comes between the end of a minute and its account', () => {
  const changes = new StateChanges<string>(MINUTE);
  for (const at of [0, 1, 2]) changes.isWorthSaying('lane 1', `change ${at}`, at);
  expect(changes.isWorthSaying('lane 1', 'late', MINUTE + 5)).toBe(false);
  expect(changes.takeDue(MINUTE + 10)).toEqual([{ last: 'late', changes: 2 }]);
});

it('begins anew for a subject that was quiet for a minute', () => {
  const changes = new StateChanges<string>(MINUTE);
  for (const at of [0, 1, 2]) changes.isWorthSaying('lane 1', 'flaps', at);
  expect(changes.takeDue(MINUTE)).toHaveLength(1);
  expect(changes.takeDue(2 * MINUTE)).toEqual([]);
  expect(changes.isWorthSaying('lane 1', 'falls', 2 * MINUTE + 1)).toBe(true);
});

it('keeps subjects apart', () => {
  const changes = new StateChanges<string>(MINUTE);
  for (const at of [0, 1, 2]) changes.isWorthSaying('lane 1', 'flaps', at);
  expect(changes.isWorthSaying('lane 2', 'falls', 3)).toBe(true);
});
