/** The arrays of this process as a debugger looks into them: their memory is shared, so it sees what directors do. */
import { encodeImage } from '../../../engine/image.js';
import { Inspector } from '../../machine/debug/inspector.js';
import type { About, TaskRef } from '../../machine/debug/target.js';
import { LIVE_CLOCK } from '../clock.js';
import { type LiveRig, numbered } from '../live-rig.js';
import type { ServedArray } from '../served-array.js';
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
