/** The microcode that runs of a regression are made with. */
import { readFileSync } from 'node:fs';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { decodeImage } from '../../firmware/engine/image.js';
import { MICROCODED_ROLES } from '../../firmware/ports/messages.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { holdsMicrocode } from '../assembler/load-sources.js';
import { imagesWith, loadPlant } from './scenarios.js';

/** None of them: as the package's were built. */
export interface ImagesFrom {
  /** Name of a bug to plant. */
  readonly plant?: string | undefined;
  /** A folder with ROLE.img for each role, one image that takes the place of its role's in the package's, or sources as `microcode`. */
  readonly image?: string | undefined;
  /** A tree of sources, laid out as microcode/ is; without base/, modules beside the package's. */
  readonly microcode?: string | undefined;
}

/** Errors: RangeError for an image and one of the others; as `loadImages` and `loadPlant`; Error for a file that cannot be read. */
export async function imagesFrom({ plant, image, microcode }: ImagesFrom): Promise<Images> {
  if (plant !== undefined && image !== undefined)
    throw new RangeError('--plant and --image: a bug is planted in the microcode of the sources, not in an image');
  if (microcode !== undefined && image !== undefined)
    throw new RangeError(
      '--microcode and --image: the one is a tree of sources, the other what was assembled; one of them is wanted',
    );
  if (plant !== undefined || microcode !== undefined)
    return imagesWith(plant === undefined ? undefined : await loadPlant(plant), microcode);
  if (image === undefined) return loadImages();
  if (holdsMicrocode(image)) return imagesWith(undefined, image);
  if (!image.endsWith('.img')) return loadImages(image);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(image);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`${image}: ${code === 'ENOENT' ? 'there is no such file' : message}`);
  }
  const one = decodeImage(bytes, image);
  return { ...loadImages(), [one.role]: one };
}

const keyOf = (from: ImagesFrom): string => `images ${JSON.stringify(from)}`;

/** The same, and threads that are begun from now on need not make them again: assembling takes longer than a run. */
export async function imagesForAll(from: ImagesFrom): Promise<Images> {
  const images = await imagesFrom(from);
  setEnvironmentData(keyOf(from), images);
  return images;
}

/** As the thread that began this one made them, if it did. Errors: as `imagesFrom`. */
export const imagesHere = async (from: ImagesFrom): Promise<Images> =>
  (getEnvironmentData(keyOf(from)) as Images | undefined) ?? (await imagesFrom(from));

/** By role, eight hexadecimal digits: images with the same ones run alike. */
export const crcsOf = (images: Images): Record<string, string> =>
  Object.fromEntries(MICROCODED_ROLES.map((role) => [role, (images[role]?.crc ?? 0).toString(16).padStart(8, '0')]));
