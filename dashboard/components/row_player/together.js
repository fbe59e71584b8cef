// Players of one page that share a cursor: what one does with the row, the others do.

const MOVED = "row-by-row:moved";

export class Together {
  constructor(player) {
    this.player = player;
    this.hear = ({ detail }) => this.heard(detail);
    window.addEventListener(MOVED, this.hear);
  }

  dispose() {
    window.removeEventListener(MOVED, this.hear);
  }

  get name() {
    return this.player.trace?.options.together;
  }

  tell(row) {
    if (this.name && !this.following) window.dispatchEvent(new CustomEvent(MOVED, { detail: { from: this, name: this.name, row } }));
  }

  heard({ from, name, row }) {
    if (from === this || !name || name !== this.name) return;
    this.following = true;
    this.player.go(row);
    this.player.set.row = from.player.set.row;
    this.following = false;
  }
}
