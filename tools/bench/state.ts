/** What `serve --state` costs: writes to an array that keeps itself in files, beside one in memory and nbdkit on a file. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInstalled, start } from './children.js';
import type { Figure } from './figures.js';
import { figureOf, fill, measure, requireFio } from './fio.js';
import type { BenchOptions } from './nbd.js';
import { answers, freePort, HOST, type Peer, peer, ready, startArray } from './nbd-peers.js';

const VOLUME = 'data0';
const VOLUME_BYTES = 256 * 1024 * 1024;
const CASES = [
  [4, 32],
  [4, 1],
  [64, 8],
] as const;

async function startNbdkitFile(file: string): Promise<Peer> {
  writeFileSync(file, '');
  truncateSync(file, VOLUME_BYTES);
  const port = await freePort();
  const { process: child, said } = start('nbdkit', 'nbdkit', ['-f', '-i', HOST, '-p', String(port), 'file', file]);
  await ready('nbdkit', child, said, () => answers(port));
  return peer('nbdkit file', child, HOST, port);
}

/** All in one folder for temporary files. Errors: when fio is not installed, or a server does not start. */
export async function benchState({ rounds = 5, seconds = 3, log }: BenchOptions = {}): Promise<Figure[]> {
  requireFio();
  const folder = mkdtempSync(join(tmpdir(), 'arraylab-bench-'));
  const started: [name: string, peer: Peer][] = [];
  const fused = ['--placement', 'fused'];
  try {
    started.push(['arraylab', await startArray(undefined, [...fused, '--state', join(folder, 'state')])]);
    started.push(['in memory', await startArray(undefined, fused)]);
    if (isInstalled('nbdkit')) started.push(['nbdkit file', await startNbdkitFile(join(folder, 'nbdkit.img'))]);
    else log?.('nbdkit is not installed: left out');
    const subjects = started.map(([name, { uri }]) => ({ name, uri: uri(VOLUME) }));
    for (const { uri } of subjects) await fill(uri, VOLUME_BYTES);
    const figures: Figure[] = [];
    for (const [block_KiB, depth] of CASES) {
      const name = `state: randwrite ${block_KiB} KiB, depth ${depth}`;
      const load = { rounds, seconds, bytes: VOLUME_BYTES, log };
      const { arraylab, ...others } = await measure({ name, rw: 'randwrite', block_KiB, depth }, subjects, load);
      figures.push(figureOf(name, arraylab, others, []));
    }
    return figures;
  } finally {
    await Promise.all(started.map(([, { stop }]) => stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}
