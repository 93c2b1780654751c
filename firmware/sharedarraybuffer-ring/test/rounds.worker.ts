// One of two players who ring each other in turn: a single lost wake-up stops the game.
import { parentPort, workerData } from 'node:worker_threads';
import { DOORBELL_WORDS, Doorbell } from '../dist/index.js';

export interface RoundsJob {
  bells: Int32Array;
  player: 0 | 1;
  rounds: number;
  how: 'park' | 'parkAsync';
}

// So that a lost wake-up fails the test with a message rather than by hanging.
const LOST_MS = 60_000;

const { bells, player, rounds, how }: RoundsJob = workerData;
const mine = new Doorbell(bells, player * DOORBELL_WORDS);
const other = new Doorbell(bells, (1 - player) * DOORBELL_WORDS);

// Waits of varying length put the ring before, into and after the other side's parking.
let random = 0x2545f491 + player;
function dawdle(): void {
  random = (Math.imul(random, 1664525) + 1013904223) | 0;
  for (let i = random >>> 22; i > 0; i--) Atomics.load(bells, 0);
}

// A promise of parkAsync does not keep the thread alive.
const alive = setInterval(() => {}, 1000);
let played = 0;
for (let round = 0; round < rounds; round++) {
  dawdle();
  if (player === 0) other.ring(round & 31);
  const expected = 1 << (round & 31);
  const rung = how === 'park' ? mine.park(LOST_MS) : await mine.parkAsync(LOST_MS);
  if (!rung) throw new Error(`player ${player}: nobody rang in round ${round}`);
  const got = mine.take();
  if (got !== expected) throw new Error(`player ${player}: round ${round} brought ${got}, not ${expected}`);
  played++;
  if (player === 1) other.ring(round & 31);
}
parentPort?.postMessage(played);
clearInterval(alive);
