/**
 * A kind of drive, as its profile says it (hw-profiles/drives; fields and ranges: hw-profiles/schema/drive.schema.json).
 * Names are the file's own. The service processor reads and checks it; the model of the drive is made from it.
 */

/** Cylinders of equal density. Zones ascend; a cylinder between two zones, or behind the last, holds no data. */
export interface DriveZone {
  readonly first_cylinder: number;
  readonly last_cylinder: number;
  readonly sectors_per_track: number;
  /** Absent: the drive's. */
  readonly track_skew_sectors?: number;
  /** Absent: the drive's. */
  readonly cylinder_skew_sectors?: number;
  /** By so many sectors the first sector of the zone stands behind the index. Absent: 0. */
  readonly offset_sectors?: number;
  /** Without data, at the front of the zone. Absent: 0. */
  readonly reserved_sectors?: number;
  /** Without data, at the end of the zone. Absent: 0. */
  readonly spare_sectors?: number;
  /** Without data, at the end of each cylinder. Absent: 0. */
  readonly spare_sectors_per_cylinder?: number;
  /** Cylinders that share spare sectors; with spare_sectors_per_range or not at all. */
  readonly range_cylinders?: number;
  /** Without data, at the end of each range_cylinders; the fewer that may be left at the zone's end have none. */
  readonly spare_sectors_per_range?: number;
}

/** A stretch of the seek curve: constant_us + sqrt_us · √d + linear_us · d, d the distance in cylinders. */
export interface SeekPiece {
  /** Longest distance for which it holds; absent in the last piece only. */
  readonly to_cylinders?: number;
  readonly constant_us: number;
  /** Absent: 0. */
  readonly sqrt_us?: number;
  /** Absent: 0. */
  readonly linear_us?: number;
}

/** Times are µs with up to three decimals; the model counts nanoseconds. */
export interface DriveProfile {
  readonly cylinders: number;
  /** Surfaces that hold data. */
  readonly heads: number;
  /** Turns a minute. */
  readonly rpm: number;
  /** Absent: 512, and nothing else yet. */
  readonly sector_bytes?: number;
  /** As the drive reports it. Absent: what its zones hold. */
  readonly sectors?: number;
  readonly zones: readonly DriveZone[];
  /** By so many sectors sector 0 of a track stands behind that of the track before it in the same cylinder. */
  readonly track_skew_sectors: number;
  /** The same from the last track of a cylinder to the first of the next. */
  readonly cylinder_skew_sectors: number;
  readonly head_switch_us: number;
  /** On top of a seek or a head switch, before a write. */
  readonly write_settle_us: number;
  readonly seek: {
    /**
     * Measured: distance in cylinders, µs; ascending. Between two rows a straight line. Beyond the last row the pieces
     * hold; where there are none, the line of the last two rows goes on.
     */
    readonly table_us?: readonly (readonly [number, number])[];
    /** Ascending by to_cylinders. Without a table: one at least. */
    readonly pieces?: readonly SeekPiece[];
  };
  /** The controller's own time for a read that goes to the platter. */
  readonly read_overhead_us: number;
  /** The same if a write came before. Absent: read_overhead_us. */
  readonly read_overhead_after_write_us?: number;
  /** For a read whose first sector is in the buffer. Absent: read_overhead_us. */
  readonly read_hit_overhead_us?: number;
  /** Absent: read_hit_overhead_us. */
  readonly read_hit_overhead_after_write_us?: number;
  /** Until the arm may move. */
  readonly write_overhead_us: number;
  /** Absent: write_overhead_us. */
  readonly write_overhead_after_write_us?: number;
  /** From the command to the first byte of a write on the bus. Absent: as soon as the arm may move. */
  readonly write_data_us?: number;
  /** Before the data of a read go over the bus. Absent: 0. */
  readonly data_preparation_us?: number;
  /** To come back on the bus with a read's first sectors from the platter. Absent: 0. */
  readonly reselect_us?: number;
  /** To come back on the bus when a write is on the platter. Absent: 0. */
  readonly write_reselect_us?: number;
  /** From the last byte to the status. Absent: 0. */
  readonly completion_us?: number;
  /** Of a write. Absent: completion_us. */
  readonly write_completion_us?: number;
  readonly bus_bytes_per_us: number;
  /** Towards the drive. Absent: bus_bytes_per_us. */
  readonly bus_write_bytes_per_us?: number;
  readonly buffer_bytes: number;
  /** Into which the buffer is divided, 16 at most. */
  readonly segments: number;
  /** The last segment takes all writes and nothing else. Absent: writes take any. */
  readonly separate_write_segment?: boolean;
  /** Of a read from the platter, so much is in the buffer before it goes over the bus. Absent: its first sector. */
  readonly read_watermark_percent?: number;
  /** Most that is read on after a read, a segment at most; it ends with the next command. */
  readonly read_ahead_bytes: number;
  /**
   * `bytes` (also when absent): as read_ahead_bytes says. `track`: to the end of the track, or of the next one if the
   * segment began before this one; at most read_ahead_bytes.
   */
  readonly read_ahead_to?: 'bytes' | 'track';
  /** Reading on begins again after a read that the buffer answered. */
  readonly read_ahead_after_hit?: boolean;
  /** A write is reported when it is in the buffer, not on the platter. */
  readonly immediate_write_reports: boolean;
  /** How far DiskSim's model of this drive is from its measured trace; for people, no model reads it. */
  readonly disksim_rms_us?: number;
}
