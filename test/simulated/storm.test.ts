/** Storms: a share of the seeds that `npm run long` runs. */
import { expect, test } from 'vitest';
import { failures } from './helpers.js';

test('1,500 storms over two arrays with two slots, two tasks a class and one credit end with nothing lost, held or owed', async () => {
  expect(await failures('storm', 1, 1500)).toEqual([]);
}, 120_000);

test('300 storms over arrays with room for races end with nothing lost, held or owed', async () => {
  expect(await failures('storm', 1, 300, 'tiny-pair')).toEqual([]);
}, 120_000);

test('200 storms over pairs whose lists are on drives, with batteries that are lost, end with nothing owed, held or believed that is not so', async () => {
  expect(await failures('storm', 1, 200, 'tiny-lists')).toEqual([]);
}, 120_000);

test('300 storms over pairs with other choices than the usual end with nothing lost, held or owed', async () => {
  expect(await failures('storm', 1, 300, 'tiny-modes')).toEqual([]);
}, 120_000);

test('200 storms over two links, each cut and mended on its own, end with nothing lost, held or owed', async () => {
  expect(await failures('storm', 1, 200, 'tiny-links')).toEqual([]);
}, 120_000);

test('200 storms over three arrays, of which one mirrors to both others, end with nothing lost, held or owed', async () => {
  expect(await failures('storm', 1, 200, 'tiny-star')).toEqual([]);
}, 120_000);

test.each([
  ['a cascade', 'tiny-cascade'],
  ['two targets', 'tiny-two-targets'],
])(
  '60 storms over the journal groups of %s end with nothing lost, held or owed, and all three arrays hold the same',
  async (_, rig) => {
    expect(await failures('storm', 1, 60, rig)).toEqual([]);
  },
  120_000,
);

test('200 storms over volumes whose formats change end with nothing lost, held, owed or half changed', async () => {
  expect(await failures('storm', 1, 200, 'tiny-formats')).toEqual([]);
}, 120_000);

test('80 storms over a journal group whose journals overflow end with nothing lost, held or owed, and every copy that is taken over in PAIR is a prefix', async () => {
  expect(await failures('storm', 1, 80, 'tiny-journal')).toEqual([]);
}, 120_000);

test('60 storms over SCSI hosts that reserve, preempt and end each other end with nothing lost, held or owed, and every answer right', async () => {
  expect(await failures('scsi-storm', 1, 60)).toEqual([]);
}, 120_000);
