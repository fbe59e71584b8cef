// An own property of `history` hides the browser's pushState, once for all pages.

import { print } from "./printing.js";

const { pushState, replaceState } = History.prototype;

export default function ({ data }) {
  document.documentElement.lang = data.language;
  print();
  history.pushState = function (state, title, url) {
    const stays = new URL(url ?? "", location.href).pathname === location.pathname;
    (stays ? replaceState : pushState).call(history, state, title, url);
  };
}
