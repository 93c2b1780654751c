/** Our pair as a mirror: two arrays as a user starts them; the operator's interface says what state they are in. */
import { readFileSync } from 'node:fs';
import type { PairView } from '../../firmware/runtime/live/system.js';
import type { Mirror } from './mirror.js';
import { addressOf, type Served, startRig } from './nbd-peers.js';

const RIG = 'hw-profiles/rigs/pair.json';
const PRIMARY = 'A:data0';
const SETTLED_MS = 60_000;
const ANSWER_MS = 10_000;

async function pairOf({ http, tokenFile }: Served): Promise<PairView> {
  if (http === undefined || tokenFile === undefined) {
    throw new Error(
      'serve says no "http" and "tokenFile" in its ready line: nobody can be asked whether the pair mirrors',
    );
  }
  const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
  const answer = await fetch(`${http}/v1/pairs`, {
    headers: { authorization },
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (!answer.ok) throw new Error(`GET /v1/pairs answers ${answer.status}: ${await answer.text()}`);
  const pair = ((await answer.json()) as PairView[]).find(({ primary }) => primary === PRIMARY);
  if (pair === undefined) throw new Error(`GET /v1/pairs has no pair ${PRIMARY}`);
  return pair;
}

/** Waits until both copies are the same and each new write goes to both. */
async function untilSettled(served: Served): Promise<void> {
  const until = performance.now() + SETTLED_MS;
  for (;;) {
    const { state, owedTracks } = await pairOf(served);
    if (state === 'PAIR' && owedTracks === 0) return;
    if (performance.now() > until) {
      throw new Error(`pair ${PRIMARY} is ${state} and owes ${owedTracks} tracks after ${SETTLED_MS} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Errors: when the rig is not served, with what `serve` said; when the pair does not come to be a mirror. */
export async function startPair(name: string, placement: string, volume: string): Promise<Mirror> {
  const { peer, served } = await startRig(RIG, ['--placement', placement]);
  try {
    const { host, port } = addressOf(served, 'B');
    await untilSettled(served);
    return {
      name,
      uri: peer.uri(volume),
      copyUri: `nbd://${host}:${port}/${volume}`,
      inForce: async () => {
        const { state } = await pairOf(served);
        if (state !== 'PAIR') throw new Error(`pair ${PRIMARY} is ${state}, not PAIR`);
      },
      settled: () => untilSettled(served),
      stop: async () => {
        await peer.stop();
      },
    };
  } catch (error) {
    await peer.stop();
    throw error;
  }
}
