/** The volumes that a workload works on, in a row: one space of sectors. No request goes over the end of a volume. */
export interface Place {
  readonly name: string;
  readonly image: number;
  readonly sectors: number;
}

export class Space {
  readonly places: readonly Place[];
  readonly sectors: number;
  readonly #ends: readonly number[];
  /** What `find` found: number of the place, and the sector within it. */
  place = 0;
  lba = 0;

  constructor(places: readonly Place[]) {
    let sectors = 0;
    this.places = places;
    this.#ends = places.map((p) => {
      sectors += p.sectors;
      return sectors;
    });
    this.sectors = sectors;
  }

  get image(): number {
    return (this.places[this.place] as Place).image;
  }

  /** Smallest of the volumes. */
  get least(): number {
    return Math.min(...this.places.map(({ sectors }) => sectors));
  }

  /** Where a request of so many sectors from `at` on goes: if it would go over the end of a volume, up to that end. */
  find(at: number, sectors: number): void {
    let p = 0;
    while (at >= (this.#ends[p] as number)) p++;
    const size = (this.places[p] as Place).sectors;
    const lba = at - (this.#ends[p] as number) + size;
    this.place = p;
    this.lba = Math.min(lba, size - sectors);
  }
}
