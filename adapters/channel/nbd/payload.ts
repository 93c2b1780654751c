/**
 * The payload of the write that is being taken: into a transfer buffer that only this request owns, or, for a request
 * that is refused, nowhere.
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { copyBytes } from '../copy-bytes.js';
import type { HostPort } from '../host-port.js';

export class Payload {
  /** Bytes that have not come. */
  missing = 0;
  /** The transfer buffer; 0: none. */
  at = 0;
  private readonly port: HostPort;
  private sectors = 0;
  /** Where the next byte goes. */
  private place = 0;
  /** The socket may put the next bytes there. */
  private lent = false;

  constructor(port: HostPort) {
    this.port = port;
  }

  /** False: there is no transfer buffer for so many sectors now. */
  begin(sectors: number): boolean {
    const at = this.port.allocate(sectors);
    if (at < 0) return false;
    this.at = at;
    this.sectors = sectors;
    this.place = at * SECTOR_BYTES;
    this.missing = sectors * SECTOR_BYTES;
    return true;
  }

  /** The buffer is its command's now. */
  handOver(): void {
    this.at = 0;
  }

  /** Where the socket may put what is missing; `landed` or `gone` ends that. */
  lend(): Uint8Array {
    const { buffer, byteOffset } = this.port.memory.bytes;
    this.lent = true;
    return new Uint8Array(buffer, byteOffset + this.place, this.missing);
  }

  /** So many bytes were put there. */
  landed(bytes: number): void {
    this.lent = false;
    this.place += bytes;
    this.missing -= bytes;
  }

  /** Takes what there is of it from `input`; how many bytes that were. */
  take(input: Uint8Array, from: number, end: number): number {
    const n = Math.min(this.missing, end - from);
    if (n > 0 && this.at !== 0) copyBytes(input, from, this.port.memory.bytes, this.place, n);
    this.place += n;
    this.missing -= n;
    return n;
  }

  /** Gives the buffer of a write that will not be submitted back, as soon as nobody can write there any more. */
  drop(): void {
    if (this.lent) return;
    if (this.at !== 0) this.port.release(this.at, this.sectors);
    this.at = 0;
  }

  /** The socket is closed: it puts no more bytes anywhere. */
  gone(): void {
    this.lent = false;
    this.drop();
  }
}
