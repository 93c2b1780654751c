/** What can go wrong with a request, as clients are told: the protocol's number, and a sentence for people. */
import { RESULT, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { ERRNO } from './protocol.js';

export interface Failure {
  readonly errno: number;
  /** Sent where the reply has a place for it. */
  readonly text: Buffer;
}

const failure = (errno: number, text: string): Failure => ({ errno, text: Buffer.from(text) });

export const FAILURE = {
  NO_COMMAND: failure(ERRNO.EINVAL, 'command type: this server knows 0 to 7'),
  NO_FLAG: failure(ERRNO.EINVAL, 'command flags: this command has no such flag, or it was not negotiated'),
  EMPTY: failure(ERRNO.EINVAL, 'length is 0; it must be more'),
  UNALIGNED: failure(ERRNO.EINVAL, `offset and length must be multiples of ${SECTOR_BYTES} bytes`),
  NO_WHOLE_BLOCKS: failure(
    ERRNO.EINVAL,
    'the volume is, or becomes, one of 4096-byte blocks: offset and length must be multiples of 4096 bytes',
  ),
  TOO_LONG: failure(ERRNO.EINVAL, 'length is above the maximum payload that NBD_INFO_BLOCK_SIZE tells'),
  NO_CONTEXT: failure(ERRNO.EINVAL, 'block status: no metadata context was selected for this export'),
  BEYOND: failure(ERRNO.EINVAL, 'offset + length lies beyond the end of the volume'),
  NO_SPACE: failure(ERRNO.ENOSPC, 'offset + length lies beyond the end of the volume'),
  READ_ONLY: failure(ERRNO.EPERM, 'this connection may only read: hosts might not write to the volume when it began'),
  PROTECTED: failure(ERRNO.EPERM, 'hosts may not write to this volume now: the other side of its pair may serve them'),
  NOT_READY: failure(ERRNO.EIO, 'the volume is not ready'),
  HELD: failure(ERRNO.EIO, 'a domino pair: the other side cannot have this write now; it may be found in or out'),
  MEDIUM: failure(ERRNO.EIO, 'a drive could not read or write this'),
  INCOMPLETE: failure(ERRNO.EIO, 'the array gave less than was asked for'),
  OTHER: failure(ERRNO.EIO, 'the array ended the command with an error'),
} as const satisfies Record<string, Failure>;

/** What a client is told of a RESULT; undefined: success. */
export function failureOf(result: number, writes: boolean): Failure | undefined {
  switch (result) {
    case RESULT.OK:
      return undefined;
    case RESULT.NOT_READY:
      return FAILURE.NOT_READY;
    case RESULT.WRITE_PROTECTED:
      return FAILURE.PROTECTED;
    case RESULT.OUT_OF_RANGE:
      return writes ? FAILURE.NO_SPACE : FAILURE.BEYOND;
    case RESULT.DOMINO_HELD:
      return FAILURE.HELD;
    case RESULT.MEDIUM_ERROR:
      return FAILURE.MEDIUM;
    case RESULT.UNALIGNED:
      return FAILURE.NO_WHOLE_BLOCKS;
    default:
      return FAILURE.OTHER;
  }
}
