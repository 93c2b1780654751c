/** A volume that is mirrored while hosts write on it, and the proof that it is: nobody is measured with a mirror that does nothing. */
import { randomInt } from 'node:crypto';
import { isInstalled, outputOf } from './children.js';
import { expectWord, type Subject, writeWord } from './fio.js';

export interface Mirror extends Subject {
  /** Where the other copy is read. */
  readonly copyUri: string;
  /** Errors: when writes of hosts do not go to both copies now. */
  inForce(): Promise<void>;
  /** Resolves when nothing is owed to the other copy. Errors: as for `inForce`; when that does not come about. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Errors: when what is written on the one is not read from the other. */
export async function expectMirrored(mirror: Mirror): Promise<void> {
  await mirror.inForce();
  // Never the same twice: what an earlier check wrote must not do.
  const word = randomInt(1, 2 ** 32);
  await writeWord(mirror.uri, word);
  await mirror.settled();
  await expectWord(mirror.copyUri, word);
}

/** Errors: when the copies differ anywhere. Without qemu-img: the first MiB only. */
export async function expectSame(mirror: Mirror): Promise<void> {
  await expectMirrored(mirror);
  if (!isInstalled('qemu-img')) return;
  await outputOf(`comparison of both copies of ${mirror.name}`, 'qemu-img', [
    ...['compare', '-f', 'raw', '-F', 'raw'],
    ...[mirror.uri, mirror.copyUri],
  ]);
}
