/** The rig that is simulated, as those see it who check what it does. */
import type { SimGroup } from './groups.js';
import type { SimImage } from './images.js';
import type { Oracle } from './oracle.js';
import type { World } from './world.js';
import type { SimRig } from './world-plan.js';

/** What a check looks at, and where it says what it found. */
export interface Watched {
  readonly rig: SimRig;
  readonly world: World;
  readonly oracle: Oracle;
  readonly images: readonly SimImage[];
  readonly groups: readonly SimGroup[];
  /** Array that serves the hosts of an image. */
  authority(image: number): number;
  /** An array serves an image from now on; promised: it must have all that was acknowledged. */
  handedOver?(image: number, to: number, promised: boolean): void;
  /** An array that had a journal group in PAIR becomes its source just now. */
  groupTaken?(group: SimGroup, by: number): void;
  violate(text: string): void;
}
