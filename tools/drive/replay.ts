/**
 * A measured trace again, on a model of its drive: closed loop, each request at the completion of the one before and the
 * measured gap. How far the model is from the drive is the rms horizontal distance of the two distributions of response
 * times, the demerit figure of Ruemmler and Wilkes, "An Introduction to Disk Drive Modeling", 1994. The model knows the
 * trace's requests and gaps, never its response times.
 */
import type { DriveGeometry } from '../../adapters/disk/model/geometry.js';
import { DriveMechanics } from '../../adapters/disk/model/mechanics.js';
import type { MeasuredRequest } from './measured-trace.js';

/** Response times of the model, in the order of the requests. */
export function replay(geometry: DriveGeometry, requests: readonly MeasuredRequest[]): number[] {
  const drive = new DriveMechanics({ m: new Int32Array(DriveMechanics.words), at: 0 }, geometry);
  let now = 0;
  return requests.map(({ isWrite, lba, sectors, gap_ns }) => {
    const done = isWrite ? drive.write(now, lba, sectors) : drive.read(now, lba, sectors);
    const response = done - now;
    now = done + gap_ns;
    return response;
  });
}

/** Of two samples of one size: √ of the mean square distance between values of one rank. */
export function rmsDistance(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length === 0)
    throw new RangeError(`samples of ${a.length} and ${b.length}; two of one size, not empty, are right`);
  const [x, y] = [a, b].map((sample) => Float64Array.from(sample).sort());
  return Math.sqrt(x.reduce((sum, v, i) => sum + (v - y[i]) * (v - y[i]), 0) / x.length);
}

export interface Distance {
  readonly requests: number;
  readonly measured_ns: number;
  readonly model_ns: number;
  readonly rms_ns: number;
}

/** Means of two samples of one size, not empty, and how far they are from each other. */
export const compare = (measured: readonly number[], model: readonly number[]): Distance => ({
  requests: measured.length,
  measured_ns: mean(measured),
  model_ns: mean(model),
  rms_ns: rmsDistance(measured, model),
});

export const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
