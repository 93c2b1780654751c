/** What the answers to a format change mean, for people. */
import { RESULT } from '../../memory/constants.js';
import { stateName } from './pair-command.js';

export interface FormatAnswer {
  readonly volume: string;
  readonly array: string;
  /** The array of the other side; absent: there is none. */
  readonly other: string | undefined;
  readonly result: number;
  readonly bytes: number;
  readonly track_bytes: number;
  readonly state: number;
}

/** Why a format change was refused. */
export function formatRefusal({ volume, array, other, result, bytes, track_bytes, state }: FormatAnswer): string {
  switch (result) {
    case RESULT.OUT_OF_RANGE:
      return `volume ${volume}: its tracks of ${track_bytes} bytes are not made of blocks of ${bytes}; 512 is possible`;
    case RESULT.TAKEN_OVER:
      return `volume ${volume}: array ${other} serves its hosts, and must be told; it changes both sides`;
    case RESULT.WRITE_PROTECTED:
      return `volume ${volume}: it does not serve hosts yet (${stateName(state)}): array ${other} has not said that it may, and no operator did`;
    case RESULT.BUSY:
      return `volume ${volume}: another command waits for its answer`;
    case RESULT.NOT_READY:
      return `volume ${volume}: array ${array} does not serve it now: it has not booted yet, or its cache or its drives are lost`;
    default:
      return `volume ${volume}: array ${array} says no (result ${result})`;
  }
}
