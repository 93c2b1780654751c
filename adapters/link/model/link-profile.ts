/**
 * A kind of link, as its profile says it (hw-profiles/links; fields and ranges: hw-profiles/schema/link.schema.json).
 * Names are the file's own. Its length is the rig's. The service processor reads and checks it; the model of the link is
 * made from it.
 */
export interface LinkProfile {
  /** Of payload, one way. */
  readonly bytes_per_us: number;
  /** Ways there and back that a synchronous write takes before its status. */
  readonly round_trips_per_write: number;
  /** Of the equipment at both ends together, for each frame, whatever the length of the link. */
  readonly setup_us: number;
  /** Up to the knee the link is as fast as at 0 km; at half_km half as fast. Absent: its length costs time of light only. */
  readonly droop?: { readonly knee_km: number; readonly half_km: number };
  /** Absent: no limit is known. */
  readonly longest_km?: number;
  /** Of m frames, n are lost. Absent: none. */
  readonly loss_ratio?: readonly [number, number];
  /** Most bytes under way in one direction. Absent: as many as there are credits for. */
  readonly window_bytes?: number;
  /** A frame takes so much longer at most, by chance. */
  readonly spread_us: number;
}
