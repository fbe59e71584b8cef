// The units that the strips show: all of a layer, or a band of them, wide enough to be told apart.

export const ALL = "all";
const WIDTHS = [64, 32, 16];

export const widthsFor = (units) => [ALL, ...WIDTHS.filter((width) => width < units).map(String)];

export class Bands {
  constructor() {
    this.key = null; // what the bands were laid about
    this.first = []; // per layer, the place in the order of the band's first unit
  }

  // orders: for each layer all its units in order. centres: for each layer the place of the unit that the band is laid
  // about where `key` is new; else the band stays where it is. -> the orders, as far as they are shown.
  shown(orders, width, centres, key) {
    if (key !== this.key) [this.key, this.first] = [key, []];
    if (width === ALL) return orders;
    const count = Number(width);
    return orders.map((order, layer) => {
      const first = this.first[layer] ?? centres[layer] - count / 2;
      this.first[layer] = Math.max(0, Math.min(order.length - count, first));
      return order.slice(this.first[layer], this.first[layer] + count);
    });
  }

  // Moves all bands, by columns to the right.
  move(columns) {
    this.first = this.first.map((first) => first + columns);
  }
}
