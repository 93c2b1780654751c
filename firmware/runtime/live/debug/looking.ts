/** The arrays of this process as a debugger looks into them: their memory is shared, so it sees what directors do. */
import { encodeImage, type Image } from '../../../engine/image.js';
import type { ArrayConfig } from '../../machine/config.js';
import { Inspector } from '../../machine/debug/inspector.js';
import type { About, TaskRef } from '../../machine/debug/target.js';
import { LIVE_CLOCK } from '../clock.js';
import { type LiveRig, numbered, trunkTo } from '../live-rig.js';
import type { ServedArray } from '../served-array.js';
import type { Peer } from './commands.js';
import { liveDirectors } from './live-directors.js';

export function aboutOf(rig: LiveRig, served: readonly ServedArray[]): About {
  return {
    kind: 'live',
    title: `rig ${rig.name}, served by process ${process.pid}`,
    arrays: served.map(({ name, config, directors, tables }) => ({
      name,
      volumes: config.volumes.map((volume) => volume.name),
      images: Object.fromEntries(
        Object.entries(directors.images).map(([role, image]) => [
          role,
          Buffer.from(encodeImage(image)).toString('base64'),
        ]),
      ),
      bytes: tables.memory.layout.bytes,
    })),
    can: { run: true, back: false, write: true },
  };
}

/** Text of a file that an image was assembled from; undefined: it is not known. */
export type SourceOf = (image: Image, file: string) => string | undefined;

/**
 * Text of a file that what runs was assembled from, if it is one: at this array, if that runs it, else at all that do.
 * Microcode is loaded array by array, so theirs may differ.
 */
export function sourceText(
  served: readonly ServedArray[],
  at: number | undefined,
  file: string,
  sourceOf: SourceOf,
): string | undefined {
  const running = served.map(({ directors }) =>
    Object.values(directors.images).filter((image: Image) => image.files.includes(file)),
  );
  const own = at === undefined ? [] : (running[at] ?? []);
  const texts = new Set((own.length > 0 ? own : running.flat()).map((image) => sourceOf(image, file)));
  return texts.size === 1 ? [...texts][0] : undefined;
}

/** By array of this process: what each of its trunks leads to. */
export function peersOf({ arrays, links }: LiveRig, served: readonly ServedArray[]): Peer[][] {
  return served.map(({ name, config }) => {
    const position = arrays.findIndex((array) => array.name === name);
    const peers: Peer[] = [];
    for (const { between } of links.filter((link) => link.between.includes(position))) {
      const other = between[between[0] === position ? 1 : 0];
      const peer = (arrays[other] as ArrayConfig).name;
      peers[trunkTo(config, other)] = { name: peer, array: served.findIndex((one) => one.name === peer) };
    }
    return peers;
  });
}

/** @param current the task that is meant where none is named. */
export function inspectorOf(
  { arrays, links }: LiveRig,
  served: readonly ServedArray[],
  current: () => TaskRef | undefined,
): Inspector {
  const positions = served.map(({ name }) => arrays.findIndex((array) => array.name === name));
  return new Inspector({
    arrays: served.map(({ name, tables, directors }) => ({
      name,
      tables,
      get images() {
        return directors.images;
      },
    })),
    positions,
    now_ns: LIVE_CLOCK.now_ns,
    directors: liveDirectors(served),
    get current() {
      return current();
    },
    ...(positions.length === arrays.length && {
      links: numbered({ links }).map(({ link, number }, index) => ({ index, number, between: link.between })),
    }),
  });
}
