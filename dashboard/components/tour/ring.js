// The ring about the control that a step is about. It takes no click.

import { node } from "../dom/node.js";

const ROOM = 4; // pixels between control and ring
const KINDS = ["button", "input", "a[href]", "canvas[tabindex]", "[tabindex='0']"];

export class Ring {
  constructor() {
    this.element = node("div", { class: "ring", popover: "manual", "aria-hidden": "true" });
    this.shown = "";
  }

  // box: in pixels of the window; null: none. -> whether it has moved.
  show(box) {
    const { element } = this;
    const places = box && { left: box.left - ROOM, top: box.top - ROOM, width: box.width + 2 * ROOM, height: box.height + 2 * ROOM };
    const told = JSON.stringify(places);
    if (told === this.shown) return false;
    this.shown = told;
    if (element.matches(":popover-open") !== Boolean(box)) element.togglePopover(Boolean(box));
    for (const [name, value] of Object.entries(places ?? {})) element.style[name] = `${value}px`;
    return true;
  }
}

// The control that a step's place holds or is: what can have the focus; undefined where nothing can.
export function controlIn(place) {
  if (!place) return undefined;
  const can = KINDS.map((kind) => `${kind}:not(:disabled)`).join(", ");
  return place.matches(can) ? place : (place.querySelector(can) ?? undefined);
}

// Brings it into the window where it does not lie wholly in it.
export function bringIntoView(element) {
  const { top, bottom, left, right } = element.getBoundingClientRect();
  if (top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth) return;
  element.scrollIntoView({ block: "center", inline: "center" });
}
