// One player for each mounted element.

import { whenGone } from "../dom/gone.js";
import { Player } from "./player.js";

const players = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".player-root");
  const player = players.get(root) ?? new Player(root);
  players.set(root, player);
  player.receive(data, setStateValue);
  return whenGone(root, () => player.dispose());
}
