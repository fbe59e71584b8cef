// An own property hides the browser's pushState, and goes with the page.

export default function () {
  const { pushState, replaceState } = History.prototype;
  history.pushState = function (state, title, url) {
    const stays = new URL(url ?? "", location.href).pathname === location.pathname;
    (stays ? replaceState : pushState).call(history, state, title, url);
  };
  return () => delete history.pushState;
}
