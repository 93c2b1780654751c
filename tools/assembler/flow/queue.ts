/** What a walk through a scope has still to look at. */
import type { Place } from './ways.js';

/** Places that are to be looked at, the earliest of the scope first: what comes together there is looked at once. */
export class Queue {
  private readonly open: Place[][] = [];
  private first = 0;

  add(place: Place): void {
    if (place.isOpen) return;
    place.isOpen = true;
    const list = this.open[place.at];
    if (list) list.push(place);
    else this.open[place.at] = [place];
    this.first = Math.min(this.first, place.at);
  }

  next(): Place | undefined {
    for (; this.first < this.open.length; this.first++) {
      const place = this.open[this.first]?.pop();
      if (!place) continue;
      place.isOpen = false;
      return place;
    }
    return undefined;
  }
}
